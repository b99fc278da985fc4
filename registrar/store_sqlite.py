"""Bindings in an SQLite file, written in batches by a thread of its own.

Whatever the loop hands over while a batch is being written makes the next one. WAL with synchronous=NORMAL: a commit
is in the kernel's hands when it returns, so it outlives the process, though not a loss of power.

A file that is locked, read-only or full does not stop anybody: changes are acknowledged from memory, the latest
state of each binding waits, and the write is tried again every second.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Final

from google.protobuf.message import DecodeError

from registrar.binding import Binding
from registrar.nonces import KEY_SIZE
from registrar.store import Done
from switchroom.logs import get_logger
from switchroom.v1.registrar_pb2 import Binding as BindingMessage
from switchroom.v1.registrar_pb2 import BindingDelta

RETRY_S: Final = 1.0
BATCH_S: Final = 0.01
"""Time between two batches. The first change after a pause is written at once; under load this is what gathers many
changes into one commit, and what a REGISTER waits at most beside the commit itself."""
BUSY_MS: Final = 250
"""How long a batch waits for another process that has the file; the clients of that batch wait as long."""

_CHECKPOINT_PAGES: Final = 4000
"""16 MB of log before it is folded into the file, which waits for the disk: at 1,500 changes a second every few
seconds."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS bindings (
    aor TEXT NOT NULL, contact TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (aor, contact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
# Statements for so many rows at a time: few enough for each to stay prepared.
_SIZES: Final = (64, 16, 4, 1)
_SAVE: Final = {size: f"INSERT OR REPLACE INTO bindings VALUES {', '.join(['(?, ?, ?)'] * size)}" for size in _SIZES}
_REMOVE: Final = "DELETE FROM bindings WHERE aor = ? AND contact = ?"

_ERRORS: Final = (sqlite3.Error, OSError)

Rows = dict[tuple[str, str], bytes | None]
"""Latest state of bindings, by AOR and contact; None for one that is gone."""


class SqliteStore:
    """See the module. Only the thread touches the database, once it runs."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._path = path
        self._loop = loop
        self._log = get_logger("registrar")
        self._database: sqlite3.Connection | None = None
        self._nonce_key = b""
        # Shared with the thread, under the condition.
        self._wake = threading.Condition()
        self._rows: Rows = {}
        self._waiting: list[Done] = []
        self._failed = False
        self._closing = False
        # The thread's own, but for reading.
        self._batches = self._written = 0
        self._written_at = 0.0
        self._thread = threading.Thread(target=self._run, name="registrar-store", daemon=True)

    # -- the loop's side ---------------------------------------------------------------------------------------

    def start(self) -> list[Binding]:
        found: list[Binding] = []
        try:
            self._open()
            found = self._load()
        except _ERRORS as error:
            self._fail(error)
        if not self._nonce_key:
            self._nonce_key = os.urandom(KEY_SIZE)
        self._thread.start()
        return found

    @property
    def nonce_key(self) -> bytes:
        return self._nonce_key

    def write(self, delta: BindingDelta, done: Done) -> None:
        with self._wake:
            rows = self._rows
            for key in delta.removed:
                rows[key.aor, key.contact] = None
            for message in delta.saved:
                rows[message.aor, message.contact] = message.SerializeToString()
            failed = self._failed
            if not failed:
                self._waiting.append(done)
                self._wake.notify()
        if failed:
            done()

    def status(self) -> dict[str, float]:
        return {
            "store.pending": len(self._rows),
            "store.failed": float(self._failed),
            "store.batches": self._batches,
            "store.written": self._written,
        }

    async def close(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.ident is not None:
            await self._loop.run_in_executor(None, self._thread.join)

    # -- the thread's side -------------------------------------------------------------------------------------

    def _run(self) -> None:
        closing = False
        while not closing:
            rows, waiting, closing = self._take()
            try:
                if self._database is None:
                    self._open()
                self._commit(rows)
            except _ERRORS as error:
                self._fail(error, rows)
            else:
                self._succeed(len(rows))
            if waiting:
                self._loop.call_soon_threadsafe(_call_all, waiting)
        if self._database is not None:
            self._database.close()

    def _take(self) -> tuple[Rows, list[Done], bool]:
        """Everything there is to do: once there is something, or when it is time to try again."""
        with self._wake:
            if self._failed:
                self._wake.wait_for(lambda: self._closing, RETRY_S)
            else:
                self._wake.wait_for(lambda: self._rows or self._closing)
                pause_s = self._written_at + BATCH_S - time.monotonic()
                if pause_s > 0:
                    self._wake.wait_for(lambda: self._closing, pause_s)
            rows, self._rows = self._rows, {}
            waiting, self._waiting = self._waiting, []
            return rows, waiting, self._closing

    def _fail(self, error: Exception, rows: Rows | None = None) -> None:
        """Go on from memory. What could not be written waits, unless something newer has come meanwhile."""
        if self._database is not None:
            self._database.close()
            self._database = None
        with self._wake:
            self._rows = (rows or {}) | self._rows
            first, self._failed = not self._failed, True
        if first:
            self._log.error("registrar.store_failed", file=str(self._path), error=str(error), pending=len(self._rows))

    def _succeed(self, written: int) -> None:
        self._batches += 1
        self._written += written
        self._written_at = time.monotonic()
        if self._failed:
            with self._wake:
                self._failed = False
            self._log.warning("registrar.store_recovered", file=str(self._path), written=written)

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # The nonce key lies in it. SQLite gives its other files the mode of this one.
        self._path.touch(0o600)
        self._path.chmod(0o600)
        database = sqlite3.connect(
            self._path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=16
        )
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            database.executescript(_SCHEMA)
            self._settle_key(database)
        except sqlite3.Error:
            database.close()
            raise
        self._database = database

    def _settle_key(self, database: sqlite3.Connection) -> None:
        """The key of the file; but a key already in use stays, as nonces made with it are out there."""
        if self._nonce_key:
            database.execute("INSERT OR REPLACE INTO settings VALUES ('nonce_key', ?)", (self._nonce_key,))
            return
        database.execute("INSERT OR IGNORE INTO settings VALUES ('nonce_key', ?)", (os.urandom(KEY_SIZE),))
        (self._nonce_key,) = database.execute("SELECT value FROM settings WHERE name = 'nonce_key'").fetchone()

    def _load(self) -> list[Binding]:
        if self._database is None:
            return []
        found = []
        for (data,) in self._database.execute("SELECT data FROM bindings"):
            try:
                found.append(Binding.from_message(BindingMessage.FromString(data)))
            except DecodeError:
                self._log.error("registrar.binding_unreadable", file=str(self._path))
        return found

    def _commit(self, rows: Rows) -> None:
        if self._database is None or not rows:
            return
        execute = self._database.execute
        execute("BEGIN IMMEDIATE")
        saved: list[str | bytes] = []
        for (aor, contact), data in rows.items():
            if data is None:
                execute(_REMOVE, (aor, contact))
            else:
                saved += (aor, contact, data)
        self._save(saved)
        execute("COMMIT")

    def _save(self, values: list[str | bytes]) -> None:
        """Insert rows of three *values*, many in one statement.

        Each statement lets go of the interpreter lock and has to win it back from the loop, which costs more than
        the insert itself.
        """
        at, left = 0, len(values) // 3
        for size in _SIZES:
            while left >= size and self._database is not None:
                self._database.execute(_SAVE[size], values[at : at + 3 * size])
                at += 3 * size
                left -= size


def _call_all(waiting: list[Done]) -> None:
    for done in waiting:
        done()
