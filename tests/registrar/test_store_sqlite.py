"""Bindings in a file, and what becomes of them when the file does not play along."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from registrar.binding import Binding
from registrar.store import open_store
from registrar.store_memory import MemoryStore
from registrar.store_sqlite import SqliteStore
from switchroom.errors import ConfigError
from switchroom.v1.registrar_pb2 import Binding as BindingMessage
from switchroom.v1.registrar_pb2 import BindingDelta

pytestmark = pytest.mark.asyncio


def delta(*saved: str, removed: tuple[str, ...] = (), expires_at: int = 99) -> BindingDelta:
    made = BindingDelta()
    for contact in saved:
        message = made.saved.add(aor="1001@pbx.test", contact=contact, sip_call_id="c", cseq=3, q=0.5)
        message.expires_at.seconds = expires_at
        message.flow.remote.address = "192.0.2.7"
    for contact in removed:
        made.removed.add(aor="1001@pbx.test", contact=contact)
    return made


async def written(store: SqliteStore, change: BindingDelta) -> None:
    """Write, and wait for the acknowledgement."""
    done = asyncio.Event()
    store.write(change, done.set)
    await asyncio.wait_for(done.wait(), 5)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


def opened(path: Path) -> tuple[SqliteStore, dict[str, Binding]]:
    store = SqliteStore(path, asyncio.get_running_loop())
    return store, {binding.contact: binding for binding in store.start()}


async def test_what_was_written_is_there_in_the_next_life(tmp_path: Path) -> None:
    store, found = opened(tmp_path / "deep" / "r.sqlite")
    assert not found
    await written(store, delta("sip:a", "sip:b"))
    await written(store, delta("sip:c", removed=("sip:a",)))
    await written(store, delta("sip:b", expires_at=500))
    await store.close()
    again, found = opened(tmp_path / "deep" / "r.sqlite")
    await again.close()
    assert sorted(found) == ["sip:b", "sip:c"]
    assert found["sip:b"] == Binding.from_message(delta("sip:b", expires_at=500).saved[0])


async def test_acknowledged_means_on_file(tmp_path: Path) -> None:
    """Read by another connection before the store is closed: what a killed process leaves behind."""
    store, _ = opened(tmp_path / "r.sqlite")
    contacts = [f"sip:{index}" for index in range(200)]
    await written(store, delta(*contacts))
    with sqlite3.connect(tmp_path / "r.sqlite") as reader:
        rows = reader.execute("SELECT contact, data FROM bindings").fetchall()
    assert sorted(contact for contact, _ in rows) == sorted(contacts)
    assert all(BindingMessage.FromString(data).contact == contact for contact, data in rows)
    await store.close()


async def test_changes_of_a_moment_are_one_batch(tmp_path: Path) -> None:
    store, _ = opened(tmp_path / "r.sqlite")
    await written(store, delta("sip:first"))
    acknowledged: list[int] = []
    for index in range(50):
        store.write(delta(f"sip:{index}"), lambda index=index: acknowledged.append(index))  # type: ignore[misc]
    await eventually(lambda: len(acknowledged) == 50)
    assert acknowledged == sorted(acknowledged)
    assert store.status()["store.batches"] < 10
    await store.close()


async def test_the_nonce_key_stays(tmp_path: Path) -> None:
    store, _ = opened(tmp_path / "r.sqlite")
    key = store.nonce_key
    await store.close()
    again, _ = opened(tmp_path / "r.sqlite")
    assert again.nonce_key == key
    assert len(key) == 32
    assert [name for name in os.listdir(tmp_path) if os.stat(tmp_path / name).st_mode & 0o077] == []
    await again.close()


async def test_a_locked_file_stops_nobody_and_is_written_later(tmp_path: Path) -> None:
    store, _ = opened(tmp_path / "r.sqlite")
    await written(store, delta("sip:before"))
    with sqlite3.connect(tmp_path / "r.sqlite", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        await written(store, delta("sip:meanwhile"))
        assert store.status()["store.failed"] == 1
        acknowledged: list[bool] = []
        store.write(delta("sip:later", removed=("sip:before",)), lambda: acknowledged.append(True))
        assert acknowledged
        assert store.status()["store.pending"] >= 2
        other.execute("ROLLBACK")
    other.close()
    await eventually(lambda: store.status()["store.failed"] == 0)
    await store.close()
    again, found = opened(tmp_path / "r.sqlite")
    assert sorted(found) == ["sip:later", "sip:meanwhile"]
    await again.close()


async def test_a_place_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """As with a read-only disk; even root cannot make a folder where a file is."""
    (tmp_path / "var").write_text("in the way")
    store, found = opened(tmp_path / "var" / "r.sqlite")
    assert not found
    await written(store, delta("sip:a"))
    key = store.nonce_key
    (tmp_path / "var").unlink()
    await eventually(lambda: store.status()["store.failed"] == 0)
    await store.close()
    again, found = opened(tmp_path / "var" / "r.sqlite")
    assert (list(found), again.nonce_key) == (["sip:a"], key)
    await again.close()


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").write_bytes(b"not a database, but somebody's letter " * 100)
    store, found = opened(tmp_path / "r.sqlite")
    await written(store, delta("sip:a"))
    await store.close()
    assert not found
    assert (tmp_path / "r.sqlite").read_bytes().startswith(b"not a database")


async def test_an_unreadable_row_costs_itself_alone(tmp_path: Path) -> None:
    store, _ = opened(tmp_path / "r.sqlite")
    await written(store, delta("sip:a"))
    await store.close()
    with sqlite3.connect(tmp_path / "r.sqlite") as other:
        other.execute("INSERT INTO bindings VALUES ('x', 'y', ?)", (b"\xff\xff\xff",))
    again, found = opened(tmp_path / "r.sqlite")
    assert list(found) == ["sip:a"]
    await again.close()


async def test_the_setting_names_the_store(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(open_store("memory:", loop), MemoryStore)
    assert isinstance(open_store(f"sqlite:{tmp_path}/x", loop), SqliteStore)
    for setting in ("sqlite:", "redis://x", ""):
        with pytest.raises(ConfigError):
            open_store(setting, loop)
