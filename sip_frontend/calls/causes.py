"""Causes and SIP statuses. What we send and what we read are two tables: 403 received is not "incoming barred"."""

from __future__ import annotations

from switchroom.v1 import common_pb2 as common

_SENT: dict[common.Cause, int] = {
    common.CAUSE_NORMAL_CLEARING: 487,
    common.CAUSE_ORIGINATOR_CANCEL: 487,
    common.CAUSE_USER_NOT_REGISTERED: 480,
    common.CAUSE_BLIND_TRANSFER: 487,
    common.CAUSE_ATTENDED_TRANSFER: 487,
    common.CAUSE_LOSE_RACE: 487,
    common.CAUSE_PICKED_OFF: 487,
    common.CAUSE_MANAGER_REQUEST: 487,
    common.CAUSE_REQUEST_TERMINATED: 487,
    common.CAUSE_MOVED_PERMANENTLY: 301,
    common.CAUSE_MOVED_TEMPORARILY: 302,
    common.CAUSE_PAYMENT_REQUIRED: 402,
    common.CAUSE_FORBIDDEN: 403,
    common.CAUSE_OUTGOING_CALL_BARRED: 403,
    common.CAUSE_INCOMING_CALL_BARRED: 403,
    common.CAUSE_UNALLOCATED_NUMBER: 404,
    common.CAUSE_NOT_ALLOWED: 405,
    common.CAUSE_NOT_ACCEPTABLE: 406,
    common.CAUSE_PROXY_AUTHENTICATION: 407,
    common.CAUSE_REQUEST_TIMEOUT: 408,
    common.CAUSE_USER_GONE: 410,
    common.CAUSE_TEMPORARILY_UNAVAILABLE: 480,
    common.CAUSE_CALL_DOES_NOT_EXIST: 481,
    common.CAUSE_LOOP_DETECTED: 482,
    common.CAUSE_TOO_MANY_HOPS: 483,
    common.CAUSE_INVALID_NUMBER_FORMAT: 484,
    common.CAUSE_AMBIGUOUS: 485,
    common.CAUSE_USER_BUSY: 486,
    common.CAUSE_INCOMPATIBLE_DESTINATION: 488,
    common.CAUSE_SERVER_ERROR: 500,
    common.CAUSE_FACILITY_REJECTED: 501,
    common.CAUSE_DESTINATION_OUT_OF_ORDER: 502,
    common.CAUSE_SERVICE_UNAVAILABLE: 503,
    common.CAUSE_SERVER_TIMEOUT: 504,
    common.CAUSE_MESSAGE_TOO_LARGE: 513,
    common.CAUSE_BUSY_EVERYWHERE: 600,
    common.CAUSE_DECLINED: 603,
    common.CAUSE_DOES_NOT_EXIST_ANYWHERE: 604,
    common.CAUSE_UNWANTED: 607,
    common.CAUSE_REJECTED: 608,
}

_RECEIVED: dict[int, common.Cause] = {
    301: common.CAUSE_MOVED_PERMANENTLY,
    302: common.CAUSE_MOVED_TEMPORARILY,
    402: common.CAUSE_PAYMENT_REQUIRED,
    403: common.CAUSE_FORBIDDEN,
    404: common.CAUSE_UNALLOCATED_NUMBER,
    405: common.CAUSE_NOT_ALLOWED,
    406: common.CAUSE_NOT_ACCEPTABLE,
    407: common.CAUSE_PROXY_AUTHENTICATION,
    408: common.CAUSE_REQUEST_TIMEOUT,
    410: common.CAUSE_USER_GONE,
    480: common.CAUSE_TEMPORARILY_UNAVAILABLE,
    481: common.CAUSE_CALL_DOES_NOT_EXIST,
    482: common.CAUSE_LOOP_DETECTED,
    483: common.CAUSE_TOO_MANY_HOPS,
    484: common.CAUSE_INVALID_NUMBER_FORMAT,
    485: common.CAUSE_AMBIGUOUS,
    486: common.CAUSE_USER_BUSY,
    487: common.CAUSE_REQUEST_TERMINATED,
    488: common.CAUSE_INCOMPATIBLE_DESTINATION,
    500: common.CAUSE_SERVER_ERROR,
    501: common.CAUSE_FACILITY_REJECTED,
    502: common.CAUSE_DESTINATION_OUT_OF_ORDER,
    503: common.CAUSE_SERVICE_UNAVAILABLE,
    504: common.CAUSE_SERVER_TIMEOUT,
    513: common.CAUSE_MESSAGE_TOO_LARGE,
    600: common.CAUSE_BUSY_EVERYWHERE,
    603: common.CAUSE_DECLINED,
    604: common.CAUSE_DOES_NOT_EXIST_ANYWHERE,
    607: common.CAUSE_UNWANTED,
    608: common.CAUSE_REJECTED,
}

# What phones read as "answered elsewhere" and then show no missed call for.
_ELSEWHERE = frozenset((common.CAUSE_LOSE_RACE, common.CAUSE_PICKED_OFF))

# Q.850 values for the Reason of a BYE (RFC 3326; the mapping is RFC 3398 section 7.2.6 read backwards).
_Q850: dict[common.Cause, int] = {
    common.CAUSE_NORMAL_CLEARING: 16,
    common.CAUSE_USER_BUSY: 17,
    common.CAUSE_REQUEST_TIMEOUT: 102,
    common.CAUSE_USER_GONE: 102,
    common.CAUSE_SERVER_ERROR: 41,
    common.CAUSE_SERVICE_UNAVAILABLE: 41,
}


def status_of(cause: common.Cause) -> int:
    """SIP status that refuses an unanswered call for *cause*; 487 where none is named."""
    return _SENT.get(cause, 487)


def cause_of(status: int) -> common.Cause:
    """Cause of a final status received; any status without its own is REQUEST_TERMINATED."""
    return _RECEIVED.get(status, common.CAUSE_REQUEST_TERMINATED)


def cancel_reason(cause: common.Cause) -> str:
    """Reason header of a CANCEL, "" for none (RFC 3326)."""
    return 'SIP;cause=200;text="Call completed elsewhere"' if cause in _ELSEWHERE else ""


def bye_reason(cause: common.Cause, text: str = "") -> str:
    """Reason header of a BYE: Q.850 where a value fits, else the SIP status (RFC 3326)."""
    protocol, number = ("Q.850", _Q850[cause]) if cause in _Q850 else ("SIP", status_of(cause))
    words = text or name_of(cause).replace("_", " ").lower()
    return f'{protocol};cause={number};text="{words}"'


def name_of(cause: common.Cause) -> str:
    """``USER_BUSY`` for CAUSE_USER_BUSY."""
    return common.Cause.Name(cause).removeprefix("CAUSE_")
