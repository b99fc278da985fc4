"""The bus between processes: ZeroMQ and protobuf, never blocking, every request answered. See docs/protocol.md."""

from __future__ import annotations

from switchroom.bus.curve import ClientKeys, ServerKeys, load_client_keys, load_server_keys, make_keys
from switchroom.bus.dialler import Dialler
from switchroom.bus.frames import refusal
from switchroom.bus.heartbeat import Timing
from switchroom.bus.listener import Listener
from switchroom.bus.mesh import Mesh
from switchroom.bus.peer import Peer
from switchroom.bus.subscriber import Subscriber

__all__ = [
    "ClientKeys",
    "Dialler",
    "Listener",
    "Mesh",
    "Peer",
    "ServerKeys",
    "Subscriber",
    "Timing",
    "load_client_keys",
    "load_server_keys",
    "make_keys",
    "refusal",
]
