"""Databases like Nix's."""

import sqlite3

# What of libstore/schema.sql (schema 10) is read.
SCHEMA = """
create table ValidPaths (
    id integer primary key autoincrement not null, path text unique not null,
    hash text not null, registrationTime integer not null, deriver text, narSize integer,
    ultimate integer, sigs text, ca text);
create table Refs (
    referrer integer not null, reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict);
create index IndexReferrer on Refs(referrer);
create index IndexReference on Refs(reference);
"""


def insert(connection, objects):
    connection.executemany("insert or ignore into ValidPaths (path, hash, registrationTime) "
                           "values (?, '', 0)", [(path,) for path in objects])
    connection.executemany(
        "insert or ignore into Refs select x.id, y.id from ValidPaths x, ValidPaths y "
        "where x.path = ? and y.path = ?",
        [(path, reference) for path in objects for reference in objects[path]])
    connection.commit()


def new_database(objects, path, mode="wal"):
    """Its path and an open connection."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"pragma journal_mode = {mode}")
    connection.execute("pragma wal_autocheckpoint = 0")
    connection.executescript(SCHEMA)
    connection.execute("begin")
    insert(connection, objects)
    return path, connection
