# The policy of a package that none was written for, decided by what the package and its closure
# have, and `when`, which says such a condition.
#
# What is meant is a user who wraps everything: each program shall do what it is mostly used for,
# with as little as that takes. What a package's own facts cannot tell, a policy of its own has to
# say; a list of both works: [ (defaultPolicyFor package) { network = "none"; } ].
{ lib, closureboxLib, ... }:
let
  inherit (closureboxLib) checkedPolicy;
  inherit (builtins)
    attrNames
    filter
    head
    isString
    match
    ;

  # `when { file = GLOB; library = ERE; } POLICY`: only if a file of the package matches the glob
  # and a library of its closure the expression. Asked by the builder: nothing is built for it.
  when =
    condition: policy:
    let
      names = attrNames condition;
      unknown = filter (name: name != "file" && name != "library") names;
      wrong = filter (
        name:
        let
          value = condition.${name};
        in
        # The builder reads them by the line.
        !isString value || match "[^\n]+" value == null
      ) names;
    in
    if unknown != [ ] then
      throw "closurebox when: unknown condition '${head unknown}'; expected 'file' or 'library'"
    else if names == [ ] then
      throw "closurebox when: no condition; expected 'file' or 'library'"
    else if wrong != [ ] then
      throw "closurebox when: ${head wrong}: expected a string of one line that is not empty"
    else
      {
        _type = "closurebox-when";
        inherit condition policy;
      };

  # Later policies have the last word, so the order matters: a desktop application, for one, has a
  # graphical library too.
  rules = checkedPolicy [
    everywhere
    (when { library = graphical; } window)
    (when { file = "share/applications/*.desktop"; } application)
    (when { library = sound; } audio)
    (when { library = tls; } online)
    (when { library = webEngine; } browser)
    # Chromium and what Electron makes of it, wherever the package has put it.
    (when { file = "*/*/chrome-sandbox"; } browser)
    (when { file = "*/*/resources/app.asar"; } browser)
  ];
  checkedOnline = checkedPolicy online;

  # Names of libraries are those of their ABI, so they are the same in nixpkgs, where a package's
  # libraries are in its `lib`, and in Debian, where those of all are in `lib/*-linux-gnu`. A
  # library that a program has open only sometimes (dlopen(3)) is in its closure as well.
  library = names: "^lib(${builtins.concatStringsSep "|" names})\\.so";
  graphical = library [
    "gtk-(x11-2\\.0|[34])"
    "Qt[56]?Gui"
    "SDL(-1\\.2|2|2-2\\.0|3)"
    "glfw"
    "elementary"
    "wayland-client"
  ];
  sound = library [
    "asound"
    "jack"
    "openal"
    "pipewire-0\\.3"
    "portaudio"
    "pulse"
    "sndio"
  ];
  tls = library [
    "gnutls"
    "mbedtls"
    "s2n"
    "ssl3?"
    "tls"
    "wolfssl"
  ];
  webEngine = library [
    "Qt[56]WebEngineCore"
    "cef"
    "webkit2?gtk-[0-9.]+"
  ];

  everywhere = {
    # Commands work on the directory they are started in: `git status`, `make`, `tar xf FILE`. Not
    # where that is the home directory, in which every terminal starts, and which is everything; but
    # they do start there.
    working-directory = {
      access = "read-write";
      optional = true;
    };
    # And on what is named, wherever it is: `jq . FILE`, `python SCRIPT`. In place, as without a
    # box; whoever names a file hands it over.
    arguments.files = "read-write";
    filesystem = [
      # Times are those of the user.
      (visible "/etc/localtime")
      (visible "/etc/timezone")
      (visible "/etc/zoneinfo")
      (visible "/usr/share/zoneinfo")
      # Terminals that are newer than the closure's ncurses are known to the host. Not so where
      # NixOS has links to packages there: their closure is the whole system's.
      (visible "/etc/terminfo")
      (visible "/lib/terminfo")
      (visible "/usr/share/terminfo")
      (visible "$HOME/.terminfo")
      # Without its locales glibc takes all texts for ASCII. On NixOS the variable leads to them,
      # outside of every closure. As in desktop-offline: a single file needs no closure.
      {
        bind = "$LOCALE_ARCHIVE";
        to = localeArchive;
        optional = true;
      }
    ];
    # No home, under its usual name: with a temporary one, what `curl -O` and `convert A B` write in
    # the home directory would be gone after them without a word; now they say that they cannot. A
    # kept one cannot be made for callers that have none, as services, and most commands need none.
    home = "none";
    environment.set = {
      HOME = "\${HOME:-/home}";
      # glibc looks elsewhere when there is no such file.
      LOCALE_ARCHIVE = localeArchive;
    };
  };
  localeArchive = "/run/closurebox/locale-archive";

  # A program that can open a window, or one of whose libraries can. Wayland, sound and the GPU, all
  # of it optional. Not X11: over its socket a program reads every key and types into every window,
  # which undoes the box, so that nobody but the user can accept it. docs/nix.md shows how.
  window = import ./desktop.nix // {
    extends = [ "desktop-offline" ];
    # The preset has what follows otherwise. Commands that show pictures now and then, as ffmpeg,
    # stay commands.
    home = "none";
    arguments.files = "read-write";
  };

  # What menus and file managers start: its settings are kept. It may be a terminal's program, or
  # one that is linked with its toolkit statically.
  application = window // {
    home = "private";
  };

  # Players for terminals: the sound server alone, as desktop-offline has it.
  audio = {
    filesystem = [
      {
        tmpfs = "$XDG_RUNTIME_DIR";
        mode = "0700";
      }
      (visible "$XDG_RUNTIME_DIR/pulse/native")
      {
        file = "/etc/pulse/client.conf";
        text = "autospawn = no\nenable-shm = no\n";
      }
    ];
    environment.set = {
      PULSE_CLIENTCONFIG = "/etc/pulse/client.conf";
      XDG_RUNTIME_DIR = "$XDG_RUNTIME_DIR";
    };
  };

  # Who brings TLS along talks to servers. That errs to the permissive side: GTK has it for
  # printers.
  online = {
    network = "host";
    filesystem = [
      # Variables for certificates lead to Nix's profiles, or into the store. Without them OpenSSL
      # and GnuTLS of nixpkgs look here, as most do.
      {
        bind = "\${SSL_CERT_FILE:-\${NIX_SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}";
        to = "/etc/ssl/certs/ca-certificates.crt";
        optional = true;
      }
    ];
    environment.unset = [
      "NIX_SSL_CERT_FILE"
      "SSL_CERT_FILE"
    ];
  };

  # Web engines keep their pages in boxes of their own, and do not start where they cannot.
  browser.nested-sandbox = true;

  visible = path: {
    bind = path;
    optional = true;
  };
in
{
  inherit when;

  # A value for `policy` of wrap and inPlace.
  defaultPolicyFor =
    package:
    [ rules ]
    # Programs in Go have TLS in themselves, and no library tells.
    ++ (if package ? goModules then [ checkedOnline ] else [ ])
    # The compiler takes the name from the store path, which says less clearly where the version
    # begins; a home that is kept is kept by name.
    ++ (
      let
        name = lib.getName package;
      in
      if match "[^/\n]+" name == null then [ ] else [ { inherit name; } ]
    );
}
