"""Why calls end: the causes of the contract and the SIP status of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from switchroom.v1 import common_pb2 as wire


class Cause(IntEnum):
    """Why a call ended. Numbers are those of the contract (proto/switchroom/v1/common.proto)."""

    UNSPECIFIED = 0
    NORMAL_CLEARING = 1
    ORIGINATOR_CANCEL = 2
    USER_NOT_REGISTERED = 3
    BLIND_TRANSFER = 4
    ATTENDED_TRANSFER = 5
    LOSE_RACE = 6
    PICKED_OFF = 7
    MANAGER_REQUEST = 8
    REQUEST_TERMINATED = 9
    MOVED_PERMANENTLY = 10
    MOVED_TEMPORARILY = 11
    PAYMENT_REQUIRED = 12
    FORBIDDEN = 13
    OUTGOING_CALL_BARRED = 14
    INCOMING_CALL_BARRED = 15
    UNALLOCATED_NUMBER = 16
    NOT_ALLOWED = 17
    NOT_ACCEPTABLE = 18
    PROXY_AUTHENTICATION = 19
    REQUEST_TIMEOUT = 20
    USER_GONE = 21
    TEMPORARILY_UNAVAILABLE = 22
    CALL_DOES_NOT_EXIST = 23
    LOOP_DETECTED = 24
    TOO_MANY_HOPS = 25
    INVALID_NUMBER_FORMAT = 26
    AMBIGUOUS = 27
    USER_BUSY = 28
    INCOMPATIBLE_DESTINATION = 29
    SERVER_ERROR = 30
    FACILITY_REJECTED = 31
    DESTINATION_OUT_OF_ORDER = 32
    SERVICE_UNAVAILABLE = 33
    SERVER_TIMEOUT = 34
    MESSAGE_TOO_LARGE = 35
    BUSY_EVERYWHERE = 36
    DECLINED = 37
    DOES_NOT_EXIST_ANYWHERE = 38
    UNWANTED = 39
    REJECTED = 40


_STATUS: dict[int, tuple[Cause, ...]] = {
    301: (Cause.MOVED_PERMANENTLY,),
    302: (Cause.MOVED_TEMPORARILY,),
    402: (Cause.PAYMENT_REQUIRED,),
    403: (Cause.FORBIDDEN, Cause.OUTGOING_CALL_BARRED, Cause.INCOMING_CALL_BARRED),
    404: (Cause.UNALLOCATED_NUMBER,),
    405: (Cause.NOT_ALLOWED,),
    406: (Cause.NOT_ACCEPTABLE,),
    407: (Cause.PROXY_AUTHENTICATION,),
    408: (Cause.REQUEST_TIMEOUT,),
    410: (Cause.USER_GONE,),
    480: (Cause.USER_NOT_REGISTERED, Cause.TEMPORARILY_UNAVAILABLE),
    481: (Cause.CALL_DOES_NOT_EXIST,),
    482: (Cause.LOOP_DETECTED,),
    483: (Cause.TOO_MANY_HOPS,),
    484: (Cause.INVALID_NUMBER_FORMAT,),
    485: (Cause.AMBIGUOUS,),
    486: (Cause.USER_BUSY,),
    488: (Cause.INCOMPATIBLE_DESTINATION,),
    500: (Cause.SERVER_ERROR,),
    501: (Cause.FACILITY_REJECTED,),
    502: (Cause.DESTINATION_OUT_OF_ORDER,),
    503: (Cause.SERVICE_UNAVAILABLE,),
    504: (Cause.SERVER_TIMEOUT,),
    513: (Cause.MESSAGE_TOO_LARGE,),
    600: (Cause.BUSY_EVERYWHERE,),
    603: (Cause.DECLINED,),
    604: (Cause.DOES_NOT_EXIST_ANYWHERE,),
    607: (Cause.UNWANTED,),
    608: (Cause.REJECTED,),
}
# The last cause of a row is the one a received status stands for.
_CAUSE_OF_STATUS = {status: causes[-1] for status, causes in _STATUS.items()}
_STATUS_OF_CAUSE = {cause: status for status, causes in _STATUS.items() for cause in causes}


def sip_status(cause: Cause) -> int:
    """The final SIP status that refuses a call with *cause*; 487 for those that only end calls."""
    return _STATUS_OF_CAUSE.get(cause, 487)


def cause_of_status(status: int) -> Cause:
    """What a final status from a peer means; an unlisted one is REQUEST_TERMINATED."""
    return _CAUSE_OF_STATUS.get(status, Cause.REQUEST_TERMINATED)


@dataclass(frozen=True, slots=True)
class HangupCause:
    """How a call ended."""

    cause: Cause
    source: str = ""
    """``us`` or ``wire``; empty where nobody hung up."""
    sip_status: int = 0
    """Final status sent or received; 0 when the call ended by BYE."""
    text: str = ""

    @property
    def status(self) -> int:
        """The SIP status of the call's end, that of the cause where none was on the wire."""
        return self.sip_status or sip_status(self.cause)

    def __str__(self) -> str:
        return f"{self.cause.name}{' (' + self.text + ')' if self.text else ''}"

    @classmethod
    def from_wire(cls, message: wire.HangupCause) -> HangupCause:
        """Read the contract's message; a cause from a later version of it is UNSPECIFIED."""
        number = message.cause
        cause = Cause(number) if 0 <= number < len(Cause) else Cause.UNSPECIFIED
        return cls(cause, _SOURCES.get(message.source, ""), message.sip_status, message.text)


_SOURCES: dict[int, str] = {wire.SOURCE_US: "us", wire.SOURCE_WIRE: "wire"}
