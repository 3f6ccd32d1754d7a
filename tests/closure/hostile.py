#!/usr/bin/env python3
"""Daemons that misbehave: each ends in one line that says how, and never in a wrong answer."""

import itertools
import select
import time

from peer import *

a, b, c = map(store_path, "abc")
CLOSES = "it closes the connection before it has answered"
LATE = "it does not answer in time"
HUGE = 2**64 - 1


def refused(name, message, script, *options, user=()):
    with Peer(script) as peer:
        expect(name, [*daemon_only(peer.path), *options, a],
               (1, "", refusal(peer.path, message)), user)


# The greeting

def says(*data):
    """Sends this, whatever the client says, and then nothing until the client has gone."""
    def script(conn):
        conn.send(*data)
        while conn.sock.recv(65536):
            pass
    return script


def says_and_closes(*data):
    def script(conn):
        conn.read(16)
        conn.send(*data)
    return script


MAGIC = number(0x6478696F)
NOBODY_SPEAKS = "it is no Nix daemon"
refused("closes at once", CLOSES, lambda conn: None)
refused("closes after the greeting", CLOSES, lambda conn: conn.read(16))
refused("half of the magic number", CLOSES, says_and_closes(MAGIC[:4]))
refused("no version", CLOSES, says_and_closes(MAGIC))
refused("web server", NOBODY_SPEAKS, says(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
refused("our own magic number", NOBODY_SPEAKS, says(number(0x6E697863), number(0x126)))
refused("big-endian", NOBODY_SPEAKS, says(MAGIC[::-1]))
refused("zeros", NOBODY_SPEAKS, says(bytes(4096)))
for version, said in (
        (0x226, "it speaks another protocol (2.38; this is for 1)"),
        (0x026, "it speaks another protocol (0.38; this is for 1)"),
        (0x10126, "it speaks another protocol (257.38; this is for 1)"),
        (HUGE, "it speaks another protocol (72057594037927935.255; this is for 1)"),
        (0x10A, "it is too old: it speaks protocol 1.10, and 1.18 (Nix 2.0) is needed"),
        (0x111, "it is too old: it speaks protocol 1.17, and 1.18 (Nix 2.0) is needed"),
        (0x100, "it is too old: it speaks protocol 1.0, and 1.18 (Nix 2.0) is needed"),
        (0x164, "it speaks protocol 1.100, as Guix does")):
    refused(f"version {version:#x}", said, says(MAGIC, number(version)))


def string_error(size, limit):
    return f"it sends a string of {size} bytes, where {limit} are the most"


def list_error(size, limit):
    return f"it sends a list of {size} items, where {limit} are the most"


PADDING = "it sends a string with padding that is not zero"
new = MAGIC + number(0x126)
refused("features without number", list_error(HUGE, 256), says(new, number(HUGE)))
refused("features, too many", list_error(257, 256), says(new, number(257)))
refused("feature without length", string_error(HUGE, 4096), says(new, number(1), number(HUGE)))
refused("feature, too long", string_error(4097, 4096), says(new, number(1), number(4097)))
refused("padding of a feature", PADDING, says(new, number(1), string("ab", b"\1")))
new += strings([])
refused("Nix version without length", string_error(1 << 63, 4096), says(new, number(1 << 63)))
refused("padding of the Nix version", PADDING, says(new, string("2.8.0", b"0")))
new += string("2.8.0")
refused("greeting without end", CLOSES, says_and_closes(new, number(1)))
refused("refuses the user", "it says: error: you are not allowed", lambda conn: (
    conn.read(16), conn.send(new, number(2), error(0x126, "error: you are not allowed"))))


# Messages

def before_answer(*data):
    """Greets as it should; sends this where the answer is expected."""
    def script(conn):
        conn.greet()
        conn.question()
        says(*data)(conn)
    return script


for kind in 0, 1, 0x64617461, 0x64617416, HUGE, 0x53545253:
    refused(f"message {kind:#x}", f"it sends a message of the unknown kind {kind:#x}",
            before_answer(number(kind)))
TEXT = 1 << 20
refused("log without length", string_error(HUGE, TEXT), before_answer(number(NEXT), number(HUGE)))
refused("log, too long", string_error(TEXT + 1, TEXT),
        before_answer(number(NEXT), number(TEXT + 1)))
refused("padding of a log", PADDING, before_answer(number(NEXT), string("x", b"\xff")))
activity = number(START) + number(1) * 3 + string("x")
refused("fields without number", list_error(HUGE, 64), before_answer(activity, number(HUGE)))
refused("fields, too many", list_error(65, 64), before_answer(activity, number(65)))
refused("field of no kind", "it sends a field of the unknown kind 2",
        before_answer(activity, number(1), number(2)))
refused("field without length", string_error(HUGE, TEXT),
        before_answer(activity, number(1), number(1), number(HUGE)))
refused("fields of a result", "it sends a field of the unknown kind 18446744073709551615",
        before_answer(number(RESULT) + number(1) * 2 + number(1) + number(HUGE)))


def endless_from(conn, data):
    block = data * (65536 // len(data) + 1)
    while True:
        conn.sock.sendall(block)


def endless(data):
    def script(conn):
        conn.greet()
        conn.question()
        endless_from(conn, data)
    return script


ENDLESS = "it logs without end"
refused("endless log", ENDLESS, endless(number(NEXT) + string("more")))
refused("endless empty log", ENDLESS, endless(number(NEXT) + string("")))
refused("endless long log", ENDLESS, endless(number(NEXT) + string("x" * TEXT)))
refused("endless activities", ENDLESS, endless(activity + number(0) + number(0)))
refused("endless stops", ENDLESS, endless(number(STOP) + number(1)))
refused("endless results", ENDLESS, endless(number(RESULT) + number(1) * 2 + number(0)))


def log_in_greeting(conn):
    conn.read(16)
    conn.send(greeting(0x126)[:-8])
    while True:
        conn.sock.sendall((number(NEXT) + string("")) * 4096)


refused("endless log in the greeting", ENDLESS, log_in_greeting)

# Errors: one line of what they say, without anything that a terminal obeys.
for text, shown in (
        ("\033[31;1merror:\033[0m path is \033[35mbad\033[0m", "error: path is bad"),
        ("\033]0;title\007\033]8;;http://x\033\\link\033]8;;\033\\", "link"),
        ("\033P1;2|payload\033\\end\033c\033(B\033", "end"),
        ("\033[", "(nothing)"),
        ("first\nsecond\nthird", "first"),
        ("\n\n  \r\n  \t late \n more", "late"),
        ("carriage\rreturn", "carriage"),
        ("\b\0\a\x7f\v\fx", "x"),
        ("tab\there", "tab here"),
        ("ü\u202e\u0085„quoted“ \U0001f600", "????quoted? ?"),
        (b"\x9b31m\xff\xfe", "31m??"),
        ("", "(nothing)"),
        ("\n\n", "(nothing)"),
        ("x" * 5000, "x" * 299),
        ("x" * 100000, "x" * 299)):
    refused(f"error {text!r:.40}", "it says: " + shown, before_answer(error(0x126, text)))
refused("error, too long", string_error(HUGE, TEXT), before_answer(
    number(ERROR) + string("Error") + number(0) + string("Error") + number(HUGE)))
refused("error of no kind", string_error(5000, 4096), before_answer(number(ERROR) + number(5000)))
refused("error cut off", CLOSES, lambda conn: (
    conn.greet(), conn.question(), conn.send(error(0x126, "message")[:60])))
refused("error and nothing behind", "it says: message", lambda conn: (
    conn.greet(), conn.question(), conn.send(error(0x126, "message")[:64])))


# Answers

def answer(*data):
    return before_answer(number(LAST), *data)


for valid in 2, 256, HUGE:
    refused(f"valid {valid}", "it answers neither yes nor no", answer(number(valid)))
PATH = 3072 + 1 + 244
head = number(1) + string("") + string("0" * 64)
tail = number(1) * 3
refused("deriver without length", string_error(HUGE, PATH), answer(number(1), number(HUGE)))
refused("deriver, too long", string_error(PATH + 1, PATH), answer(number(1), number(PATH + 1)))
refused("padding of the deriver", PADDING, answer(number(1), string("x", b"x")))
refused("hash, too long", string_error(4097, 4096), answer(number(1), string(""), number(4097)))
refused("references without number", list_error(HUGE, 100000), answer(head, number(HUGE)))
refused("references, too many", list_error(100001, 100000), answer(head, number(100001)))
refused("reference without length", string_error(HUGE, PATH),
        answer(head, number(1), number(HUGE)))
refused("reference, too long", string_error(PATH + 1, PATH),
        answer(head, number(1), number(PATH + 1)))
refused("padding of a reference", PADDING, answer(head, number(1), string("/", b"/")))
refused("signatures, too many", list_error(1025, 1024),
        answer(head, strings([]), tail, number(1025)))
refused("signature, too long", string_error(4097, 4096),
        answer(head, strings([]), tail, number(1), number(4097)))
refused("padding of a signature", PADDING,
        answer(head, strings([]), tail, number(1), string("x", b"x")))
refused("content address, too long", string_error(4097, 4096),
        answer(head, strings([]), tail, strings([]), number(4097)))

# References: never a path outside the store, never one that is no store path.
BELOW = "it is not below the store"
INSIDE = "it is a path inside of a store object"
HASH = "it does not begin with a hash of 32 characters and a dash"
CHARACTER = "its name has a character outside 0-9, a-z, A-Z and +-._?="
base = a[len(STORE) + 1:]
digest = base[:32]
for path, reason in (
        ("", BELOW), ("/", BELOW), ("/etc/passwd", BELOW), (base, BELOW), (STORE, BELOW),
        ("/nix/storeX/" + base, BELOW), ("/nix//store/" + base, BELOW),
        ("/gnu/store/" + base, BELOW), ("/nix/./store/" + base, BELOW),
        ("nix/store/" + base, BELOW), ("/NIX/store/" + base, BELOW),
        (a + "/", INSIDE), (a + "/bin", INSIDE), (a + "/../../../etc", INSIDE),
        (STORE + "/../" + base, INSIDE), (STORE + "//" + base, INSIDE),
        (STORE + "/", HASH), (STORE + "/..", HASH), (STORE + "/.links", HASH),
        (STORE + "/" + digest, HASH), (STORE + "/" + digest[1:] + "-a", HASH),
        (STORE + "/" + digest + "0-a", HASH), (STORE + "/" + digest + "a", HASH),
        *((STORE + "/" + bad + digest[1:] + "-a", HASH) for bad in "eotuA-/\0"[:6]),
        (STORE + "/" + digest + "-", "its name is empty"),
        *((STORE + "/" + digest + "-a" + bad, CHARACTER) for bad in "~:,%$*'\"\\@!#&"),
        (STORE + "/" + digest + "-.", "its name starts with '.' or '..' alone"),
        (STORE + "/" + digest + "-..", "its name starts with '.' or '..' alone"),
        (STORE + "/" + digest + "-.-x", "its name starts with '.' or '..' alone"),
        (STORE + "/" + digest + "-..-x", "its name starts with '.' or '..' alone")):
    refused(f"reference {path!r}", f"'{path}' is no store path: {reason}",
            answer(head, strings([path])))
# What cannot be shown as it is; and what is too long for a name.
for path, shown, reason in (
        (a.encode() + b" ", a, CHARACTER),
        (a.encode() + b"\n" + b.encode(), a, INSIDE),
        (a.encode() + b"\nx", a, CHARACTER),
        (a.encode() + b"\0", a, CHARACTER),
        (a.encode() + b"\033[2J", a, CHARACTER),
        (a.encode() + "ü".encode(), a + "?", CHARACTER),
        (a.encode() + b"\xff", a + "?", CHARACTER),
        (b"\n/etc", "/etc", BELOW),
        (STORE.encode() + b"/" + b"\n" * 40, STORE + "/", HASH)):
    refused(f"reference {path!r}", f"'{shown}' is no store path: {reason}",
            answer(head, strings([path])))
long = STORE + "/" + digest + "-" + "x" * 212
refused("long name", f"'{long}' is no store path: it is too long", answer(head, strings([long])))
long = long[:-1]
with Peer(lambda conn: conn.serve({a: [long], long: []})) as peer:
    expect("longest name", [*daemon_only(peer.path), a],
           (0, printed({a: [long], long: []}, a), ""))

# A closure with a hole; a root that is not there.
for graph in {a: [b]}, {a: [c, b], c: [b]}:
    refused("hole", f"{b} is not valid, but {a[len(STORE) + 1:]} refers to it",
            lambda conn: conn.serve(graph))
for roots, missing in ([b], b), ([a, b], b), ([b, a], b):
    with Peer(lambda conn: conn.serve({a: []})) as peer:
        expect("root not there", [*daemon_only(peer.path), *roots],
               (1, "", f"closurebox-closure: {missing} is not in the store; build or fetch it "
                "again\n"))

# Without end: objects, bytes.
many = [store_path(f"m{i}") for i in range(100001)]
halves = {a: many[:60000], **dict.fromkeys(many, many[50000:])}
refused("too many objects", "there are more than 100000 objects", lambda conn: conn.serve(halves))
padded = number(1) + string("") + string("") + strings([]) + tail + strings(["x" * 4096] * 1024)


def too_much(conn):
    conn.greet()
    graph = {p: [] for p in many[:200]}
    graph[a] = many[:200]
    conn.question()
    conn.answer(graph, a)
    while conn.question():
        conn.send(number(LAST), padded, string(""))


refused("too many bytes", "it sends more than 256 MiB", too_much)


# Answers to what it was not asked, or without looking.
def blind(conn):
    graph = {a: many[:6000]}
    conn.greet()
    conn.question()
    conn.answer(graph, a)
    time.sleep(0.05)
    conn.send((number(LAST) + path_info([])) * 6000)
    gone = select.poll()
    gone.register(conn.sock, select.POLLRDHUP)
    gone.poll(60000)


refused("answers without reading", "it answers without reading the questions", blind)

# Cut off after any number of bytes: there is no answer.
graph = small_graph()
whole = []


def record(conn):
    try:
        conn.serve(graph, 0x126, chatter(0x126))
    finally:
        whole.append(conn.said)


with Peer(record) as peer:
    expect("whole", [*daemon_only(peer.path), a], (0, printed(graph, a), ""))


class Cut(Connection):
    def send(self, *data):
        for part in data:
            part = part[:self.left]
            self.left -= len(part)
            self.sock.sendall(part)
            if self.left == 0:
                raise EOFError


def cut_at(size):
    def script(conn):
        cut = Cut(conn.sock)
        cut.left = size
        cut.serve(graph, 0x126, chatter(0x126))
    return script


check(whole and whole[0] > 1000, "the whole conversation", whole)
for size in itertools.chain(range(1, 40), range(40, whole[0], 13), range(whole[0] - 40, whole[0])):
    refused(f"cut after {size}", CLOSES, cut_at(size))


# The same in every version: whatever it is, there is no answer, and the reason is said.
def in_version(version, wanted, *data):
    def script(conn):
        conn.greet(version)
        conn.question()
        says(*data)(conn)
    refused(f"{version:#x}", wanted, script)


for version in ALL_VERSIONS:
    first = number(LAST) + path_info([b])
    for wanted, data in (
            ("it sends a message of the unknown kind 0x7", number(7)),
            ("it sends a message of the unknown kind 0x0", chatter(version) + number(0)),
            ("it answers neither yes nor no", chatter(version) + number(LAST) + number(3)),
            (string_error(HUGE, PATH), number(LAST) + number(1) + number(HUGE)),
            (list_error(HUGE, 100000), number(LAST) + head + number(HUGE)),
            (PADDING, number(LAST) + head + number(1) + string(a + "x", b"\1")),
            (f"'/etc/passwd' is no store path: {BELOW}",
             number(LAST) + head + strings([a, "/etc/passwd"])),
            (f"{b} is not valid, but {base} refers to it", first + number(LAST) + number(0)),
            ("it says: late", first + chatter(version) + error(version, "late"))):
        in_version(version, wanted, data)
    refused(f"{version:#x} logs", ENDLESS, lambda conn: (
        conn.greet(version), conn.question(), endless_from(conn, number(NEXT) + string("more"))))
    refused(f"{version:#x} goes", CLOSES, lambda conn: (
        conn.greet(version), conn.question(), conn.send(first), conn.question()))
    refused(f"{version:#x} goes in the greeting", CLOSES, lambda conn: (
        conn.read(16), conn.send(greeting(version)[:-8])))
    refused(f"{version:#x} hangs", LATE, lambda conn: (
        conn.greet(version), conn.question(), says(first)(conn)), "--timeout", "100")

# Time. (That it ends at all is the point; how long it takes is not measured.)
def slow(data):
    def script(conn):
        for i in range(len(data)):
            conn.send(data[i:i + 1])
            time.sleep(0.02)
    return script


for user in USERS:
    refused("never answers", LATE, silent, "--timeout", "200", user=user)
refused("stops in the greeting", LATE, says(MAGIC), "--timeout", "200")
refused("stops before the answer", LATE, before_answer(), "--timeout", "200")
refused("stops in the answer", LATE, answer(head), "--timeout", "200")
refused("a byte at a time", LATE, slow(bytes(number(0x6478696F)) + number(0x126) + bytes(4000)),
        "--timeout", "300")
refused("log at a time", LATE, lambda conn: (conn.greet(), [
    (conn.send(number(NEXT) + string("x")), time.sleep(0.02)) for _ in range(1000)]),
    "--timeout", "300")

# Nobody accepts, and the queue is full.
listener = socket.socket(socket.AF_UNIX)
listener.bind(work + "/full")
listener.listen(0)
waiting = []
for _ in range(8):
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    waiting.append(client)
    try:
        client.connect(work + "/full")
    except BlockingIOError:
        break
expect("never accepts", [*daemon_only(work + "/full"), "--timeout", "200", a],
       (1, "", refusal(work + "/full", LATE)))

# No daemon.
open(work + "/file", "w").close()
for path, said in (
        (work + "/nothing", "connect: No such file or directory"),
        (work + "/file/x", "connect: Not a directory"),
        (work + "/file", "connect: Connection refused"),
        (work + "/" + "x" * 200, "a socket cannot have this path"),
        ("", "a socket cannot have this path")):
    expect(f"socket {path}", [*daemon_only(path), a], (1, "", refusal(path, said)))

finish()
