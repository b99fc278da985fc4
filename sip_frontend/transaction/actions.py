"""What the transaction layer asks of its driver, or tells its user, in the order it is to happen.

``Send`` is for the transports; everything else is for the transaction user. Actions compare by value, so a test
can state a whole list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import final

from sip_frontend.message import Request, Response
from sip_frontend.transaction.flow import Flow
from sip_frontend.transaction.machine import ClientTransaction, ServerTransaction, Transaction


class Failure(IntEnum):
    """Why a transaction failed, as the status it counts as (RFC 3261 section 8.1.3.1)."""

    TIMEOUT = 408
    TRANSPORT = 503


@final
@dataclass(slots=True)
class Send:
    """Send *data* along *flow*; *transaction* is who to tell, by ``send_failed``, when that cannot be done."""

    flow: Flow
    data: bytes
    transaction: Transaction | None = field(default=None, compare=False, repr=False)


@final
@dataclass(slots=True)
class RequestReceived:
    """A new request; answer it with ``respond``. *flow* is the way it came, *transaction.flow* the way back."""

    transaction: ServerTransaction
    request: Request
    flow: Flow


@final
@dataclass(slots=True)
class AckReceived:
    """An ACK that belongs to no failed INVITE: the ACK to a 2xx, or a stray one."""

    request: Request
    flow: Flow


@final
@dataclass(slots=True)
class CancelReceived:
    """A CANCEL for *transaction*, already answered 200. Answer an open INVITE 487 now (RFC 3261 section 9.2).

    In ``State.ACCEPTED`` the CANCEL crossed our 2xx and changes nothing in SIP.
    """

    transaction: ServerTransaction
    request: Request


@final
@dataclass(slots=True)
class ResponseReceived:
    """A response to *transaction*: each 1xx, the final one, and for an INVITE every 2xx, each to be acknowledged."""

    transaction: ClientTransaction
    response: Response


@final
@dataclass(slots=True)
class StrayResponse:
    """A response of no transaction; a late 2xx to an INVITE still wants its ACK and BYE (section 13.2.2.4)."""

    response: Response
    flow: Flow


@final
@dataclass(slots=True)
class TransactionFailed:
    """*transaction* got no response in time, or could not send; or its failed INVITE was never acknowledged."""

    transaction: Transaction
    failure: Failure


Action = Send | RequestReceived | AckReceived | CancelReceived | ResponseReceived | StrayResponse | TransactionFailed
