# The builder of specimens.messenger: programs, and everything that starts programs.
# shellcheck shell=bash
# shellcheck disable=SC2154 # out and man are the derivation's

file() { # PATH <TEXT: with @out@ for the package
	mkdir -p "$out/$(dirname "$1")"
	sed "s|@out@|$out|g" >"$out/$1"
}

for program in bin/messenger bin/messenger-cli sbin/messenger-admin libexec/messengerd \
	libexec/messenger/helper libexec/messenger/unused; do
	file "$program" <<-END
		#!$SHELL
		echo "$program: \$*"
	END
	chmod +x "$out/$program"
done
ln -s messenger "$out/bin/msg"

file share/applications/messenger.desktop <<'END'
[Desktop Entry]
Type=Application
Name=Messenger
Comment=@out@/bin/messenger is its path
Exec=@out@/bin/messenger --open %U
TryExec=@out@/bin/messenger
Icon=messenger
DBusActivatable=true
Actions=compose;

[Desktop Action compose]
Name=Compose
Exec="@out@/bin/messenger" --compose
END
file share/applications/messenger-cli.desktop <<'END'
[Desktop Entry]
Type=Application
Name=By its bare name
Exec=messenger-cli %f
TryExec=messenger-cli
END
file etc/xdg/autostart/messenger.desktop <<'END'
[Desktop Entry]
Type=Application
Name=Messenger
Exec=@out@/bin/msg --background
END
file share/dbus-1/services/org.example.Messenger.service <<'END'
[D-BUS Service]
Name=org.example.Messenger
Exec=@out@/libexec/messengerd --session
SystemdService=messenger.service
END
file share/dbus-1/system-services/org.example.Messenger1.service <<'END'
[D-BUS Service]
Name=org.example.Messenger1
Exec=@out@/sbin/messenger-admin --system
User=root
END
file share/systemd/user/messenger.service <<'END'
[Service]
Type=dbus
BusName=org.example.Messenger
ExecStartPre=-@out@/bin/messenger-cli prepare
ExecStart=@out@/libexec/messengerd --session
END
mkdir -p "$out/lib/systemd"
ln -s ../../share/systemd/user "$out/lib/systemd/user"
file lib/systemd/system/messenger1.service <<'END'
[Service]
ExecStart=@out@/sbin/messenger-admin --system
END
file share/xsessions/messenger.desktop <<'END'
[Desktop Entry]
Name=Messenger session
Exec=@out@/bin/messenger --session
END
file share/gnome-shell/search-providers/org.example.Messenger.search-provider.ini <<'END'
[Shell Search Provider]
DesktopId=messenger.desktop
BusName=org.example.Messenger
ObjectPath=/org/example/Messenger
Version=2
END
file share/thumbnailers/messenger.thumbnailer <<'END'
[Thumbnailer Entry]
TryExec=@out@/bin/messenger-cli
Exec=@out@/bin/messenger-cli thumbnail %i %o
MimeType=application/x-message;
END
file lib/mozilla/native-messaging-hosts/org.example.messenger.json <<'END'
{
  "name": "org.example.messenger",
  "path": "@out@/libexec/messenger/helper",
  "type": "stdio"
}
END
file share/polkit-1/actions/org.example.messenger.policy <<'END'
<policyconfig>
  <action id="org.example.messenger.admin">
    <annotate key="org.freedesktop.policykit.exec.path">@out@/sbin/messenger-admin</annotate>
  </action>
</policyconfig>
END
file lib/udev/rules.d/70-messenger.rules <<'END'
ACTION=="add", RUN+="@out@/bin/messenger-cli plugged"
END
file etc/xdg/menus/applications-merged/messenger.menu <<'END'
<Menu><Name>Messenger</Name><Filename>messenger.desktop</Filename></Menu>
END
file share/messenger/template <<'END'
start @out@/bin/messenger here
not @out@/bin/messenger-other, which is no program
END
# What says nothing of programs, and what only documents them.
file share/icons/hicolor/scalable/apps/messenger.svg <<'END'
<svg/>
END
file share/doc/messenger/manual <<'END'
Start @out@/bin/messenger.
END
file share/man/man1/messenger.1 <<'END'
.TH MESSENGER 1
.B @out@/bin/messenger
END
