"""Transactions of RFC 3261 section 17 with RFC 6026, without I/O and without a clock."""

from __future__ import annotations

from sip_frontend.transaction.actions import (
    AckReceived,
    Action,
    CancelReceived,
    Failure,
    RequestReceived,
    ResponseReceived,
    Send,
    StrayResponse,
    TransactionFailed,
)
from sip_frontend.transaction.flow import Flow, host_port
from sip_frontend.transaction.layer import TransactionLayer
from sip_frontend.transaction.machine import ClientTransaction, ServerTransaction, State
from sip_frontend.transaction.timers import Timers

__all__ = [
    "AckReceived",
    "Action",
    "CancelReceived",
    "ClientTransaction",
    "Failure",
    "Flow",
    "RequestReceived",
    "ResponseReceived",
    "Send",
    "ServerTransaction",
    "State",
    "StrayResponse",
    "Timers",
    "TransactionFailed",
    "TransactionLayer",
    "host_port",
]
