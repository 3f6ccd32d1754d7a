"""streams.py DIRECTORY: writes what daemons of every version say to a client that asks for the
closure of `a`; what the fuzz target of that conversation starts from."""

import sys

from wire import *

graph = small_graph()
order = [store_path(name) for name in "abcd"]  # breadth first
for version in VERSIONS:
    for name, log in ("", b""), ("-log", chatter(version)):
        begin = greeting(version)
        stream = begin[:-8] + log + begin[-8:]
        for path in order:
            stream += log + number(LAST) + path_info(
                graph[path], store_path("a.drv"), signatures=["key:" + "x" * 80], address="fixed:")
        with open(f"{sys.argv[1]}/daemon-{version:x}{name}", "wb") as file:
            file.write(stream)
    with open(f"{sys.argv[1]}/daemon-{version:x}-error", "wb") as file:
        file.write(greeting(version) + error(version, "\033[31mbad\033[0m\nmore"))
    with open(f"{sys.argv[1]}/daemon-{version:x}-missing", "wb") as file:
        file.write(greeting(version) + number(LAST) + path_info(graph[order[0]]) + number(LAST) +
                   number(0))
