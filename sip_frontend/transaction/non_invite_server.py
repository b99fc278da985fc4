"""Non-INVITE server transaction: RFC 3261 section 17.2.2, figure 8.

State       On                Next        Do
TRYING      START             TRYING      start UNANSWERED
TRYING      PROVISIONAL       PROCEEDING  send
TRYING      SUCCESS           COMPLETED   send, keep bytes, start J
TRYING      REFUSAL           COMPLETED   send, keep bytes, start J
TRYING      TIMER_UNANSWERED  TERMINATED  fail timeout
PROCEEDING  REQUEST           PROCEEDING  resend
PROCEEDING  PROVISIONAL       PROCEEDING  send
PROCEEDING  SUCCESS           COMPLETED   send, keep bytes, start J
PROCEEDING  REFUSAL           COMPLETED   send, keep bytes, start J
PROCEEDING  TIMER_UNANSWERED  TERMINATED  fail timeout
PROCEEDING  TRANSPORT_FAILED  TERMINATED  fail transport
COMPLETED   REQUEST           COMPLETED   resend
COMPLETED   TRANSPORT_FAILED  TERMINATED  fail transport
COMPLETED   TIMER_J           TERMINATED

``TIMER_UNANSWERED`` is ours, 64 T1: the peer has given up by then (its timer F), and a request that nobody here
answers must not be kept for ever.
"""

from __future__ import annotations

from typing import Final

from sip_frontend.transaction.machine import Do, Event, State, Table

NON_INVITE_SERVER: Final[Table] = {
    (State.TRYING, Event.START): (State.TRYING, (), (Event.TIMER_UNANSWERED,)),
    (State.TRYING, Event.PROVISIONAL): (State.PROCEEDING, (Do.SEND,), ()),
    (State.TRYING, Event.SUCCESS): (State.COMPLETED, (Do.SEND, Do.KEEP_BYTES), (Event.TIMER_J,)),
    (State.TRYING, Event.REFUSAL): (State.COMPLETED, (Do.SEND, Do.KEEP_BYTES), (Event.TIMER_J,)),
    (State.TRYING, Event.TIMER_UNANSWERED): (State.TERMINATED, (Do.FAIL_TIMEOUT,), ()),
    (State.PROCEEDING, Event.REQUEST): (State.PROCEEDING, (Do.RESEND,), ()),
    (State.PROCEEDING, Event.PROVISIONAL): (State.PROCEEDING, (Do.SEND,), ()),
    (State.PROCEEDING, Event.SUCCESS): (State.COMPLETED, (Do.SEND, Do.KEEP_BYTES), (Event.TIMER_J,)),
    (State.PROCEEDING, Event.REFUSAL): (State.COMPLETED, (Do.SEND, Do.KEEP_BYTES), (Event.TIMER_J,)),
    (State.PROCEEDING, Event.TIMER_UNANSWERED): (State.TERMINATED, (Do.FAIL_TIMEOUT,), ()),
    (State.PROCEEDING, Event.TRANSPORT_FAILED): (State.TERMINATED, (Do.FAIL_TRANSPORT,), ()),
    (State.COMPLETED, Event.REQUEST): (State.COMPLETED, (Do.RESEND,), ()),
    (State.COMPLETED, Event.TRANSPORT_FAILED): (State.TERMINATED, (Do.FAIL_TRANSPORT,), ()),
    (State.COMPLETED, Event.TIMER_J): (State.TERMINATED, (), ()),
}
