# What wrap.sh builds: packages whose programs are put into boxes by nix/wrap.nix.
{
  # "set", or "nixpkgs" where there is one
  world ? "set",
  store ? null,
  # the store path of closurebox: built once, then used for all
  built ? null,
  # the directory of the library
  library ? ../../nix,
}:
let
  pkgs =
    if world == "nixpkgs" then
      import ./set/nixpkgs.nix { }
    else
      import ./set { inherit store built; };
  inherit (pkgs) lib specimens;
  boxes =
    pkgs:
    import (library + "/closurebox.nix") {
      inherit pkgs;
      package = pkgs.callPackage ../../nix/package.nix { };
    };
  closurebox = boxes pkgs;
  inherit (closurebox.lib) inPlace when wrap;

  make =
    name: buildCommand:
    pkgs.stdenvNoCC.mkDerivation {
      pname = name;
      version = "1";
      inherit buildCommand;
    };
  # Shell that writes a program that says how it was started.
  program = path: ''
    mkdir -p "$(dirname "${path}")"
    printf '#!%s\necho "''${0##*/}: $*"\n' ${pkgs.runtimeShell} >"${path}"
    chmod +x "${path}"
  '';

  # The packages, and what is said when they are wrapped.
  cases = {
    hello.package = pkgs.hello;
    jq.package = pkgs.jq;
    git.package = pkgs.git;
    python.package = pkgs.python3;
    coreutils.package = pkgs.coreutils;
    inherit (plain specimens)
      compiled
      gapps
      hundred
      manifold
      messenger
      siblings
      structured
      wrapped
      ;
    # Programs of the other names, and one that is only told by its path.
    odd = {
      package = specimens.odd;
      programs = [
        "two  blanks"
        "-dash"
        "["
        "elsewhere"
        "administrate"
      ];
    };
    some = {
      package = specimens.messenger;
      programs = [
        "messenger"
        "libexec/messenger/unused"
      ];
    };
    renamed = {
      package = specimens.messenger;
      rename = {
        messenger = "messenger-boxed";
        messenger-cli = "one, & \\1";
        "libexec/messengerd" = "daemon";
      };
    };
    # Nothing but links to other packages, some of which name those packages' programs.
    joined.package = pkgs.symlinkJoin {
      name = "joined";
      paths = [
        joinable
        pkgs.hello
      ];
      nativeBuildInputs = [ pkgs.makeWrapper ];
      postBuild = ''
        wrapProgram "$out/bin/joinable" --set JOINED yes
      '';
    };
    environment.package = pkgs.buildEnv {
      name = "environment";
      paths = [
        joinable
        pkgs.hello
      ];
    };
    # Launch files start all of these.
    starter.package = starter;
    # The last of its programs is the main one.
    mainLast.package = mainLast;
    # Programs that were put into boxes where they are, by themselves and below another.
    inPlace.package = inPlaceHello;
    inPlaceUser = {
      package = make "in-place-user" ''
        mkdir -p $out/bin
        printf '#!%s\nexec %s/bin/hello "$@"\n' ${pkgs.runtimeShell} ${inPlaceHello} \
          >$out/bin/in-place-user
        chmod +x $out/bin/in-place-user
      '';
      policy.name = "other";
    };
    # A package that is only a link to another.
    linked.package = make "linked" "ln -s ${specimens.messenger} $out";
    tricky.package = tricky;
    allowed = {
      package = stubborn;
      allowUnwrapped = [
        "libexec/*"
        "share/allowed"
      ];
    };
    dataOnly = {
      package = specimens.data;
      requirePrograms = false;
    };
    fileOnly = {
      package = pkgs.writeText "file-only" "content";
      requirePrograms = false;
    };
    # Which of these apply, the built package says.
    conditions = {
      package = specimens.messenger;
      policy = [
        (when { file = "share/applications/*.desktop"; } {
          environment.set.FILE = "${pkgs.jq}/bin/jq";
        })
        (when { file = "share/applications/*.nothing"; } {
          environment.set.NO_FILE = "${pkgs.git}/bin/git";
        })
        (when { library = "^libc\\.so\\.[0-9]$"; } { environment.set.LIBRARY = "yes"; })
        (when { library = "^libno-such"; } { environment.set.NO_LIBRARY = "yes"; })
      ];
    };
    # What the shell does not need by itself: two packages and a file that the policy names, and
    # what comes without being named.
    named = {
      package = pkgs.dash;
      policy.environment.set = {
        JQ = "${lib.getBin pkgs.jq}/bin/jq";
        LS = "${pkgs.coreutils}/bin/ls";
        NOTE = builtins.toFile "note" "a note with blanks";
        TEXT = "two  blanks, \"quotes\" and 'more'";
        SENTENCE = "That is ${lib.getBin pkgs.jq}.";
      };
      extraRoots = [
        specimens.greeter
        "${specimens.data}/share"
      ];
    };
  };
  plain = builtins.mapAttrs (_: package: { inherit package; });

  inPlaceHello = pkgs.hello.overrideAttrs (inPlace { });

  mainLast =
    make "main-last" ''
      ${program "$out/bin/aa"}
      ${program "$out/bin/zz"}
    ''
    // {
      meta.mainProgram = "zz";
    };

  # Each launch file starts a program that nothing else names, under the file's name; then paths
  # that are spelled in other ways.
  starter = make "starter" ''
    ${program "$out/bin/starter"}
    ${program "$out/bin/.starter-wrapped"}
    for file in share/polkit-1/actions/a.policy etc/xdg/menus/b.menu \
      share/gnome-shell/search-providers/c.ini share/wayland-sessions/d.desktop \
      etc/chromium/native-messaging-hosts/e.json lib/mozilla/native-messaging-hosts/f.json \
      etc/opt/chrome/native-messaging-hosts/g.json share/dbus-1/system-services/h.service \
      lib/systemd/user/i.service.d/i.conf etc/systemd/j.service share/thumbnailers/k.thumbnailer \
      etc/udev/rules.d/l.rules share/kio/servicemenus/m.desktop share/kservices5/n.service \
      share/other/o.desktop share/menu/p etc/xdg/autostart/q share/systemd/system/r.service; do
      ${program "$out/libexec/\${file##*/}"}
      mkdir -p "$out/''${file%/*}"
      echo "=$out/libexec/''${file##*/} a" >"$out/$file"
    done
    ${program "$out/libexec/escaped"}
    ${program "$out/libexec/around"}
    echo "{\"path\":\"$out/libexec/escaped\"}" | sed 's,/,\\/,g' \
      >$out/lib/mozilla/native-messaging-hosts/escaped.json
    echo "=$out/share/../libexec/around a" >$out/share/menu/around
    mkdir -p $out/share/spelled
    echo "$out//bin/starter $out/./bin//starter $out/bin/.starter-wrapped" >$out/share/spelled/text
    echo "PATH=$out/bin:$out/share $out/bin/\$x $out/bin/data" >$out/share/spelled/script
    chmod +x $out/share/spelled/script
  '';

  joinable = make "joinable" ''
    ${program "$out/bin/joinable"}
    ${program "$out/bin/joinable-cli"}
    ${program "$out/libexec/joinabled"}
    mkdir -p $out/share/applications $out/share/dbus-1/services $out/share/joinable
    echo "Exec=$out/bin/joinable %U" >$out/share/applications/joinable.desktop
    echo "Exec=$out/bin/joinable-cli %U" >$out/share/applications/joinable-cli.desktop
    echo "Exec=$out/libexec/joinabled" >$out/share/dbus-1/services/joinable.service
    echo "see $out/bin/joinable" >$out/share/joinable/note
  '';

  # Everything by which a program is named or led to, and what only looks like it.
  tricky = make "tricky" ''
    ${program "$out/bin/tricky"}
    ${program "$out/bin/tricky.sh"}
    ${program "$out/bin/a]b & \\$(c),'d'"}
    ${program "$out/usr/sbin/tricky-admin"}
    ${program "$out/lib/tricky/tricky-helper"}
    ${program "$out/lib/tricky/data.so.1"}
    ln -s usr/sbin $out/sbin
    ln -s ../lib/tricky/tricky-helper $out/bin/tricky-helper
    ln -s $out/bin/tricky $out/bin/absolute
    ln -s lib $out/lib64
    mkdir -p $out/share/{a,applications} $out/etc/xdg/autostart $out/include "$out/share/x y"
    ln -s ../../bin $out/share/a/programs
    ln -s $out/bin/tricky.sh "$out/share/x y/a link"
    echo "$out/bin/tricky" >"$out/share/x y/new
    line"
    ln -s "../x y/new
    line" "$out/share/a/new
    line"
    ln -s "../x y" $out/share/a/around
    ln -s ../../../bin/data $out/share/a/nowhere
    ln -s self $out/share/a/self
    ln -s ../../../share/applications/tricky.desktop $out/etc/xdg/autostart/started.desktop
    {
      echo "Exec=$out/bin/tricky"
      echo "Exec='$out/bin/tricky.sh' $out/bin/tricky.sh.old $out/bin/tricky.,$out/bin/tricky"
      echo "Exec=$out/sbin/tricky-admin $out/usr/sbin/tricky-admin"
      echo "Exec=$out/lib64/tricky/tricky-helper"
      echo "Exec=$out/share/a/programs/tricky"
      echo "Exec=$out/bin/a]b & \$(c),'d'"
      echo "Icon=$out/share/a/tricky.png $out/bin/tricky-not $out/lib/tricky/data.so.1"
      printf %s "last $out/bin/tricky"
    } >$out/share/applications/tricky.desktop
    printf '#!%s\nexec %s/bin/tricky\n' ${pkgs.runtimeShell} $out >"$out/share/x y/script"
    chmod +x "$out/share/x y/script"
    printf '%s/bin/tricky\0' $out >"$out/share/x y/binary"
    echo "/* $out/bin/tricky */" >$out/include/tricky.h
    touch $out/share/.hidden $out/bin/.tricky-hidden
  '';

  # What cannot be rewritten.
  stubborn = make "stubborn" ''
    ${program "$out/bin/stubborn"}
    mkdir $out/libexec $out/share
    printf '\177ELF\0%s/bin/stubborn\0' $out >$out/libexec/starter
    cp $out/libexec/starter $out/libexec/library.so
    chmod +x $out/libexec/*
    cp $out/libexec/starter $out/libexec/data
    chmod -x $out/libexec/data
    printf '\177ELF\0%s/bin:\0' $out >$out/libexec/searcher
    chmod +x $out/libexec/searcher
    echo "s/$out/bin/stubborn/" | sed 's,/,\\/,g' >$out/libexec/escaped
    echo "start $out/bin/stubborn" >$out/share/allowed
    ln -s ../bin/stubborn $out/share/link
  '';

  # What must not build, with what is then said.
  mistakes = {
    noPrograms = wrap { package = specimens.data; };
    unknownProgram = wrap {
      package = specimens.messenger;
      programs = [ "messengr" ];
    };
    unknownRename = wrap {
      package = specimens.messenger;
      programs = [ "messenger" ];
      rename.msg = "message";
    };
    takenName = wrap {
      package = specimens.odd;
      programs = [ "-dash" ];
      rename."-dash" = "not-executable";
    };
    twice = wrap {
      package = make "twice" ''
        ${program "$out/bin/same"}
        ${program "$out/sbin/same"}
        echo differently >>$out/sbin/same
      '';
    };
    controlCharacter = wrap { package = specimens.odd; };
    starts = wrap { package = stubborn; };
    otherOutput = wrap (pkgs.stdenvNoCC.mkDerivation {
      name = "other-output";
      outputs = [
        "out"
        "tools"
      ];
      meta.outputsToInstall = [
        "out"
        "tools"
      ];
      buildCommand = ''
        ${program "$out/bin/one"}
        ${program "$tools/bin/two"}
      '';
    }) { };
    refusedPolicy = wrap {
      package = pkgs.hello;
      policy.filesystem = [ { bind = "$XDG_RUNTIME_DIR"; } ];
    };
  };

  wrapped = builtins.mapAttrs (_: wrap) cases;
  outputsOf = name: package: [
    {
      name = "${name}.out";
      path = package.out;
    }
    {
      name = "${name}.launcher";
      path = package.launcher;
    }
    {
      name = "${name}.unwrapped";
      path = lib.getBin package.unwrapped;
    }
  ];
in
{
  inherit
    closurebox
    mistakes
    pkgs
    wrapped
    ;

  # Links to everything.
  all = pkgs.linkFarm "all" (lib.concatLists (lib.mapAttrsToList outputsOf wrapped));

  # X11 through its socket file; the abstract one belongs to the host's network.
  window = wrap {
    package = pkgs.gtk3-demo;
    policy.filesystem = [
      {
        bind = "/tmp/.X11-unix";
        access = "read-write";
      }
    ];
    policy.environment.set.DISPLAY = "$DISPLAY";
    policy.accept-risk = [ "x11" ];
  };

  # The derivation says itself what it depends on, and its path is not known before.
  contentAddressed = wrap {
    package = specimens.contentAddressed;
    policy.environment.set = {
      SELF = specimens.contentAddressed;
      OTHER = specimens.contentAddressed.overrideAttrs { name = "other-addressed"; };
      TWICE = "a:${specimens.contentAddressed}/bin:${specimens.contentAddressed}";
    };
  };
  # And so of all packages, wrapped ones among them.
  allContentAddressed =
    let
      set = import ./set {
        inherit store built;
        config.contentAddressedByDefault = true;
      };
    in
    (boxes set).lib.wrap set.specimens.messenger { };

  # As buildEnv makes profiles of NixOS.
  profile = pkgs.buildEnv {
    name = "profile";
    paths = [
      wrapped.messenger
      wrapped.jq
      wrapped.manifold
    ];
    extraOutputsToInstall = [ "dev" ];
  };

  tests = lib.mapAttrsToList (_: package: package.tests.launcher) wrapped ++ [
    (wrap specimens.compiled { }).passthru.tests.launcher
  ];

  # What the evaluator alone can say: everything here is to be true.
  attributes =
    let
      package = specimens.messenger // {
        version = "1.2";
        extra = "kept";
      };
      box = wrap {
        inherit package policy;
        programs = [ "messenger" ];
      };
      policy.hostname = "box";
      greeter = wrap specimens.greeter { };
      manifold = wrapped.manifold;
      same = a: b: a.outPath == b.outPath && a.drvPath == b.drvPath;
      # Made without nixpkgs.
      bare = wrap {
        package = derivation {
          name = "bare-2";
          builder = "x";
          system = "x86_64-linux";
        };
      };
      isBox = value: lib.isDerivation value && value ? launcher && value ? unwrapped;
      unfiltered = builtins.removeAttrs package.meta [ "outputsToInstall" ];
    in
    {
      name = box.name == package.name && box.pname == "messenger" && box.version == "1.2";
      other = box.extra == "kept" && box.buildCommand or null == package.buildCommand or null;
      meta = builtins.removeAttrs box.meta [ "outputsToInstall" ] == unfiltered;
      priority = box.meta.priority == 4 && lib.getExe box == "${box}/bin/messenger";
      installed =
        box.meta.outputsToInstall == [
          "out"
          "man"
        ]
        &&
          manifold.meta.outputsToInstall == [
            "out"
            "man"
          ]
        && bare.meta.outputsToInstall == [ "out" ];
      outputs =
        manifold.outputs == [
          "out"
          "launcher"
          "dev"
          "lib"
          "man"
          "doc"
        ]
        && map (output: output.outputName) manifold.all == manifold.outputs;
      originals = builtins.all (output: same manifold.${output} specimens.manifold.${output}) [
        "dev"
        "lib"
        "man"
        "doc"
      ];
      new = builtins.all (output: !(same output specimens.manifold.bin)) [
        manifold
        manifold.out
        manifold.bin
        manifold.launcher
      ];
      getters =
        same (lib.getBin manifold) manifold
        && same (lib.getLib manifold) specimens.manifold.lib
        && same (lib.getDev manifold) specimens.manifold.dev
        && same (lib.getBin wrapped.jq) wrapped.jq
        && lib.getOutput "launcher" manifold == manifold.launcher;
      unspecified = !(manifold ? outputSpecified) && manifold.bin.outputSpecified;
      # Whichever output is meant, the package is.
      anyOutput =
        same (wrap specimens.manifold.dev { }) manifold
        && !(wrap specimens.manifold.dev { } ? outputSpecified);
      renamedMain =
        let
          renamed = wrap {
            package = pkgs.hello;
            rename.hello = "hello-boxed";
          };
        in
        lib.getExe renamed == "${renamed}/bin/hello-boxed";
      otherOverride =
        let
          make = _: specimens.greeter;
          changed = wrap (package // { overridePythonAttrs = make; withPackages = make; }) policy;
        in
        isBox (changed.overridePythonAttrs { })
        && changed.overridePythonAttrs { } ? greeting
        && isBox (changed.withPackages (_: [ ]));
      unwrapped = same box.unwrapped package && same box.passthru.unwrapped package;
      policy = box.policy == policy && box.passthru.policy == policy;
      launcher = box.passthru.launcher.outPath == box.launcher.outPath;
      tests = lib.isDerivation box.tests.launcher && wrapped.compiled.tests.version == "0.4";
      passthru = greeter.passthru.greeting == "hi" && greeter.greeting == "hi";
      curried = same (wrap pkgs.hello { }) (wrap { package = pkgs.hello; });
      policyMatters = !(same (wrap pkgs.hello policy) (wrap pkgs.hello { }));
      override =
        let
          changed = greeter.override { greeting = "moin"; };
        in
        isBox changed
        && changed.greeting == "moin"
        && same changed (wrap (specimens.greeter.override { greeting = "moin"; }) { })
        && isBox (changed.override { greeting = "x"; })
        && !(bare ? override || bare ? overrideAttrs);
      functionArgs =
        lib.functionArgs greeter.override == lib.functionArgs specimens.greeter.override
        && lib.functionArgs greeter.override ? greeting;
      overrideAttrs =
        let
          changed = box.overrideAttrs { version = "2"; };
          further = changed.overrideAttrs (old: { version = "${old.version}.1"; });
        in
        isBox changed
        && changed.policy == policy
        && changed.name == "messenger-2"
        && further.name == "messenger-2.1"
        && isBox further
        && isBox (wrapped.compiled.overrideAttrs (final: previous: { version = "1"; }));
      # Nothing is evaluated that nobody asks for.
      lazy =
        let
          broken = wrap {
            package = package // {
              meta = throw "meta";
              passthru = throw "passthru";
            };
            policy = throw "policy";
          };
        in
        broken.name == package.name && broken.extra == "kept";
      # A package that must not be evaluated is not when it is wrapped.
      fails =
        let
          evaluates = name: (builtins.tryEval (wrap specimens.${name} { }).drvPath).success;
        in
        !(evaluates "broken" || evaluates "unfree" || evaluates "unsupported");
      failsLate = (wrap specimens.broken { }).meta.broken;
    };

  # What must not be evaluated.
  wrong = {
    text =
      (wrap pkgs.hello {
        environment.set.X = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-hello/bin/hello";
      }).drvPath;
    name =
      (wrap {
        package = pkgs.hello;
        rename.hello = "bin/hello";
      }).drvPath;
    programs =
      (wrap {
        package = pkgs.hello;
        programs = [ 1 ];
      }).drvPath;
    option = (wrap pkgs.hello { filesytem = [ ]; }).drvPath;
    package = (wrap { package = "hello"; }).drvPath;
    noPrograms =
      (wrap {
        package = pkgs.hello;
        programs = [ ];
      }).drvPath;
    list =
      (wrap {
        package = pkgs.hello;
        allowUnwrapped = "libexec";
      }).drvPath;
    root =
      (wrap {
        package = pkgs.hello;
        extraRoots = [ "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-hello" ];
      }).drvPath;
    argument =
      (wrap {
        package = pkgs.hello;
        polcy = { };
      }).drvPath;
  };
}
