#!/bin/sh
# Plain command-line programs of this machine work under the strict filter.
set -eu
. "$srcdir/tests/live/lib.sh"

# The programs of this machine come with all that they load, and a place to write.
grants='{ "tmpfs": "/tmp" }'
for path in /bin /lib /lib32 /lib64 /sbin /usr; do
	if [ -L "$path" ]; then
		grants="$grants, { \"symlink\": \"$path\", \"target\": \"$(readlink "$path")\" }"
	elif [ -d "$path" ]; then
		grants="$grants, { \"bind\": \"$path\", \"execute\": true }"
	fi
done
# What is only linked to is elsewhere (Debian: /etc/alternatives; Nix: the store).
[ ! -d /etc/alternatives ] || grants="$grants, { \"bind\": \"/etc/alternatives\" }"
use "$grants" '"system-calls": { "base": "strict" }, "working-directory": "/tmp",
	"environment": { "set": { "PATH": "/usr/bin:/bin" } }'
shell=$(command -v sh)
if ! box exec "$shell" -c : 2>said; then
	skip "the shell of this machine does not start in a box: $(cat said)"
fi

# in_box TEXT: what the script prints, and nothing is refused on the way.
script() { # WANTED TEXT
	prints "$1" box exec "$shell" -c "$2"
	[ ! -s complaint ] || failed "$2 complained: $(cat complaint)"
}
has() { # PROGRAM
	command -v "$1" >/dev/null || { echo "no $1 on this machine"; return 1; }
}

# shellcheck disable=SC2016 # all of these are for the box's shell
{
# The shell: pipes, jobs, signals, redirections, here documents
script 6 'echo 1 2 3 | (read a b c; echo $((a + b + c)))'
script 'caught' 'trap "echo caught" TERM; kill -TERM $$'
script 3 'sleep 0 & wait $!; (exit 3); echo $?'
script 'here' 'cat <<end
here
end'

# Files of every kind, attributes, sorting, comparing
script 'ok' 'set -e; cd /tmp; mkdir d; echo text >d/f; ln d/f d/g; ln -s f d/h; mkfifo d/p
	cp -a d e; mv e/f e/i; chmod 600 e/i; touch -d @0 e/i; test "$(stat -c %Y e/i)" = 0
	cat e/i | sort | uniq | wc -l | grep -q 1; cmp d/f e/i; ls -lR . >/dev/null
	du -s . >/dev/null
	df /tmp >/dev/null; find . -newer e/i -name "[f-h]" | xargs ls -d >/dev/null
	dd if=/dev/zero of=z bs=1k count=64 2>/dev/null; truncate -s 10 z; split -b 3 z
	head -c 5 z | tail -c 2 | od >/dev/null; tee y <z >/dev/null; cksum y >/dev/null; rm -r d e
	timeout 5 true; nice true; env -i true; id >/dev/null; date >/dev/null; uname -a >/dev/null
	nproc >/dev/null; echo ok'
script 'ok' 'set -e; cd /tmp; seq 1000 | shuf | sort -n | tail -n 1 | grep -qx 1000; echo a >f
	sed -i s/a/b/ f; grep -q b f; awk "{ print \$1 }" f >/dev/null; install -m 700 f g; sync f
	chown "$(id -u)" f; mktemp >/dev/null; echo ok'
if has tar; then
	script 'ok' 'cd /tmp; mkdir d; echo x >d/f; tar cf t d && tar tf t >/dev/null && tar xf t &&
		echo ok'
fi
if has gzip; then
	script 'ok' 'echo ok | gzip -c | gzip -dc'
fi

# Bigger ones
if has git; then
	script 'first' 'set -e; cd /tmp; export HOME=/tmp GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b
		export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
		git init -q r; cd r; echo 1 >f; git add f; git commit -q -m first; git gc -q
		git clone -q . ../s; git -C ../s log --format=%s; git status --short; git diff'
fi
if has python3; then
	script '[0, 1, 4, 9] ok 5' 'export PYTHONDONTWRITEBYTECODE=1; python3 -I -c "
import asyncio, multiprocessing, os, subprocess, tempfile, threading
def square(n):
    return n * n
async def main():
    await asyncio.sleep(0)
    p = await asyncio.create_subprocess_exec(\"true\")
    return await p.wait() or \"ok\"
t = threading.Thread(target=square, args=(1,)); t.start(); t.join()
with tempfile.NamedTemporaryFile() as f:
    f.write(b\"x\"); f.flush(); os.fsync(f.fileno())
r, w = os.pipe()
n = len(subprocess.run([\"echo\", \"1234\"], capture_output=True).stdout)
print([square(i) for i in range(4)], asyncio.run(main()), n)
"'
fi
if has perl; then
	script 'ok' 'perl -e "print qx(echo ok)"'
fi
}
# The control: what they lack is refused.
refused EPERM box syscall socket 1 1 0
