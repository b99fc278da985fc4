"""What watchers get."""

from __future__ import annotations

import asyncio

import pytest
import zmq

from switchroom.v1.envelope_pb2 import Envelope
from switchroom.v1.event_pb2 import Notice
from tests.switchroom.bus.exchange import Office, until

pytestmark = pytest.mark.asyncio


async def test_a_watcher_gets_its_topics_and_no_others(endpoint: str) -> None:
    office = Office(endpoint, publish=[endpoint + ".events"])
    office.listener.start()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    watcher = context.socket(zmq.SUB)
    watcher.connect(endpoint + ".events")
    assert not office.listener.watched("call.new")
    watcher.subscribe(b"call.")
    await until(lambda: office.listener.watched("call.new"))
    assert not office.listener.watched("registrar.binding_saved")
    office.listener.publish("registrar.binding_saved", Notice(name="registrar.binding_saved"))
    office.listener.publish("call.new", Notice(name="call.new", frontend="frontend-1"))
    assert await asyncio.get_running_loop().run_in_executor(None, watcher.poll, 5000)
    topic, frame = watcher.recv_multipart()
    assert topic == b"call.new"
    assert Envelope.FromString(frame).notice.frontend == "frontend-1"
    watcher.unsubscribe(b"call.")
    await until(lambda: not office.listener.watched("call.new"))
    context.destroy(linger=0)
    await office.close()


async def test_publishing_without_an_address_is_nothing(office: Office) -> None:
    office.listener.publish("call.new", Notice(name="call.new"))
    assert not office.listener.watched("call.new")
