"""The worker protocol as a daemon writes it, and graphs to be told by it."""

import hashlib
import struct

STORE = "/nix/store"
LAST, NEXT, ERROR = 0x616C7473, 0x6F6C6D67, 0x63787470
START, STOP, RESULT = 0x53545254, 0x53544F50, 0x52534C54
QUERY_PATH_INFO = 26

# Every version in which something of what we read has changed, and its neighbours.
VERSIONS = [0x100 + n for n in (18, 19, 20, 21, 25, 26, 27, 32, 33, 34, 35, 37, 38)]
# All that Nix and Lix have had since the oldest that is spoken, and newer ones.
ALL_VERSIONS = [*range(0x112, 0x128), 0x13F]

# Paths

ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz"


def store_path(name, store=STORE):
    """A well-formed path, always the same one for a name."""
    digest = hashlib.sha256(name.encode()).digest()
    return store + "/" + "".join(ALPHABET[b % 32] for b in digest) + "-" + name


def root_last(paths, root):
    """A closure in the order in which it is printed."""
    return sorted(set(paths) - {root}) + [root]


def closure(graph, root):
    found, todo = {root}, [root]
    while todo:
        for reference in graph[todo.pop()]:
            if reference not in found:
                found.add(reference)
                todo.append(reference)
    return root_last(found, root)


def printed(graph, *roots):
    """What the program is to print."""
    return "".join("".join(p + "\n" for p in closure(graph, root)) + "\n" for root in roots)


def small_graph():
    a, b, c, d, e = map(store_path, "abcde")
    return {a: [b, c], b: [c, d], c: [c], d: [], e: [d, a]}


# The protocol, as a daemon writes it

def number(value):
    return struct.pack("<Q", value)


def string(value, padding=b"\0"):
    data = value if isinstance(value, bytes) else value.encode()
    return number(len(data)) + data + padding * (-len(data) % 8)


def strings(values):
    return number(len(values)) + b"".join(map(string, values))


def error(version, text):
    if version >= 0x11A:
        return (number(ERROR) + string("Error") + number(0) + string("Error") + string(text) +
                number(0) + number(1) + number(0) + string("while testing"))
    return number(ERROR) + string(text) + number(1)


def chatter(version):
    """One message of every kind that this version has."""
    messages = number(NEXT) + string("some\nlog")
    if version >= 0x114:
        fields = number(2) + number(0) + number(7) + number(1) + string("text")
        messages += (number(START) + number(5) + number(3) + number(100) + string("working") +
                     fields + number(0))
        messages += number(RESULT) + number(5) + number(101) + fields
        messages += number(STOP) + number(5)
    return messages


def path_info(references, deriver="", digest="0" * 64, signatures=(), address=""):
    return (number(1) + string(deriver) + string(digest) + strings(references) +
            number(1700000000) + number(4096) + number(1) + strings(signatures) +
            string(address))


def greeting(version):
    """All that a daemon says before the first answer, from the version on."""
    data = number(0x6478696F) + number(version)
    version = min(version, 0x126)
    if version >= 0x126:
        data += strings(["some-feature"])
    if version >= 0x121:
        data += string("2.8.0")
    if version >= 0x123:
        data += number(1)
    return data + number(LAST)
