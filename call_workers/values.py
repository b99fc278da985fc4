"""Values that scripts read: parties, entities, addresses. Plain data, made from the messages of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from switchroom.v1 import call_pb2, common_pb2


class CallType(Enum):
    """Which way the SIP dialog was opened."""

    UAS = "uas"
    """The call reached us."""
    UAC = "uac"
    """We placed it."""


class CallState(IntEnum):
    """How far a call has come. It only ever grows."""

    TRYING = 1
    RINGING = 2
    EARLY = 3
    """Media before the answer."""
    ESTABLISHED = 4
    ENDED = 5


class Direction(Enum):
    """Which way a call goes, seen from the exchange."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class Party:
    """Caller id or called id."""

    user: str = ""
    name: str = ""
    host: str = ""
    privacy: bool = False

    @property
    def uri(self) -> str:
        """``user@host``."""
        return f"{self.user}@{self.host}"

    @classmethod
    def from_wire(cls, party: common_pb2.Party) -> Party:
        return cls(party.user, party.name, party.host, party.privacy)

    def write(self, party: common_pb2.Party) -> None:
        """Copy into the message *party*."""
        party.user = self.user
        party.name = self.name
        party.host = self.host
        party.privacy = self.privacy


@dataclass(frozen=True, slots=True)
class Entity:
    """A user of the exchange: one that has authenticated, or one to dial."""

    username: str
    realm: str = ""
    display: str = ""
    max_calls: int = 0
    """Most calls it may have at a time; 0 is no limit."""
    current_calls: int = 0
    """Calls it had when it authenticated or was named, this one among them."""

    @property
    def uri(self) -> str:
        """``username@realm``."""
        return f"{self.username}@{self.realm}"

    @classmethod
    def parse(cls, text: str) -> Entity:
        """From ``1002`` or ``1002@example.com``; without a realm it is that of the exchange."""
        username, _, realm = text.partition("@")
        return cls(username, realm)

    @classmethod
    def from_wire(cls, entity: common_pb2.Entity) -> Entity:
        return cls(entity.username, entity.realm, entity.display, entity.max_calls, entity.current_calls)

    def write(self, entity: common_pb2.Entity) -> None:
        """Copy into the message *entity*."""
        entity.username = self.username
        entity.realm = self.realm
        entity.display = self.display
        entity.max_calls = self.max_calls
        if self.realm:
            entity.uri = self.uri


@dataclass(frozen=True, slots=True)
class Diversion:
    """Whom a call was meant for before it came here."""

    uri: str
    user: str = ""
    host: str = ""
    name: str = ""
    reason: str = ""
    """In the words of RFC 5806: ``user-busy``, ``no-answer``, ``unconditional`` ..., or empty."""

    @classmethod
    def from_wire(cls, step: call_pb2.Diversion) -> Diversion:
        return cls(step.uri, step.user, step.host, step.name, step.reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one place answered to a request outside of every call."""

    contact: str
    status: int
    """Its final SIP status; 408 when it did not answer."""


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and a port."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Network:
    """Where the peer of a leg is."""

    transport: str
    local: Address
    remote: Address

    @classmethod
    def from_wire(cls, network: call_pb2.Network) -> Network:
        local, remote = network.local, network.remote
        return cls(network.transport, Address(local.address, local.port), Address(remote.address, remote.port))


@dataclass(frozen=True, slots=True)
class Epochs:
    """Moments of a call in whole UNIX seconds; None where it has not come to that."""

    start: int | None
    answer: int | None
    end: int | None
    mix: int | None
    """The last time it was mixed with another leg."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What a call has been through, in numbers."""

    legs: int
    adoptions: int
    mixes: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an upstream exchange asks us for."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r}, password=...)"


def seconds(at: Timestamp) -> float:
    """A timestamp of the contract in UNIX seconds."""
    return float(at.seconds) + at.nanos / 1_000_000_000


def set_duration(duration: Duration, duration_s: float) -> None:
    """Write seconds into a duration of the contract, to the millisecond."""
    duration_ms = round(duration_s * 1000)
    duration.seconds = duration_ms // 1000
    duration.nanos = duration_ms % 1000 * 1_000_000


type_of_wire: dict[int, CallType] = {call_pb2.CALL_TYPE_UAS: CallType.UAS, call_pb2.CALL_TYPE_UAC: CallType.UAC}

Json = Any
"""What JSON can hold."""
