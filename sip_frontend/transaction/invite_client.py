"""INVITE client transaction: RFC 3261 section 17.1.1, figure 5, as corrected by RFC 6026 section 7.2 (Accepted).

State       On                Next        Do
CALLING     START             CALLING     send, start A, start B
CALLING     TIMER_A           CALLING     resend, back off
CALLING     TIMER_B           TERMINATED  fail timeout
CALLING     TRANSPORT_FAILED  TERMINATED  fail transport
CALLING     PROVISIONAL       PROCEEDING  deliver, send held cancel
CALLING     SUCCESS           ACCEPTED    deliver, start M
CALLING     REFUSAL           COMPLETED   ack, deliver, start D
PROCEEDING  PROVISIONAL       PROCEEDING  deliver
PROCEEDING  SUCCESS           ACCEPTED    deliver, start M
PROCEEDING  REFUSAL           COMPLETED   ack, deliver, start D
PROCEEDING  TIMER_CANCELLED   TERMINATED  fail timeout
PROCEEDING  TRANSPORT_FAILED  TERMINATED  fail transport
ACCEPTED    SUCCESS           ACCEPTED    deliver
ACCEPTED    TIMER_M           TERMINATED
COMPLETED   REFUSAL           COMPLETED   ack again
COMPLETED   TRANSPORT_FAILED  TERMINATED  fail transport
COMPLETED   TIMER_D           TERMINATED

The user acknowledges every 2xx itself (section 13.2.2.4), the repeated ones too: that is why they are delivered.
Two rows are not in the figure. A connection lost in Proceeding fails the transaction, since its peer can hardly
answer any more; a late answer is a stray response. ``TIMER_CANCELLED`` is the 64 T1 of section 9.1.
"""

from __future__ import annotations

from typing import Final

from sip_frontend.transaction.machine import Do, Event, State, Table

INVITE_CLIENT: Final[Table] = {
    (State.CALLING, Event.START): (State.CALLING, (Do.SEND,), (Event.TIMER_A, Event.TIMER_B)),
    (State.CALLING, Event.TIMER_A): (State.CALLING, (Do.RESEND, Do.BACK_OFF), ()),
    (State.CALLING, Event.TIMER_B): (State.TERMINATED, (Do.FAIL_TIMEOUT,), ()),
    (State.CALLING, Event.TRANSPORT_FAILED): (State.TERMINATED, (Do.FAIL_TRANSPORT,), ()),
    (State.CALLING, Event.PROVISIONAL): (State.PROCEEDING, (Do.DELIVER, Do.SEND_HELD_CANCEL), ()),
    (State.CALLING, Event.SUCCESS): (State.ACCEPTED, (Do.DELIVER,), (Event.TIMER_M,)),
    (State.CALLING, Event.REFUSAL): (State.COMPLETED, (Do.ACK, Do.DELIVER), (Event.TIMER_D,)),
    (State.PROCEEDING, Event.PROVISIONAL): (State.PROCEEDING, (Do.DELIVER,), ()),
    (State.PROCEEDING, Event.SUCCESS): (State.ACCEPTED, (Do.DELIVER,), (Event.TIMER_M,)),
    (State.PROCEEDING, Event.REFUSAL): (State.COMPLETED, (Do.ACK, Do.DELIVER), (Event.TIMER_D,)),
    (State.PROCEEDING, Event.TIMER_CANCELLED): (State.TERMINATED, (Do.FAIL_TIMEOUT,), ()),
    (State.PROCEEDING, Event.TRANSPORT_FAILED): (State.TERMINATED, (Do.FAIL_TRANSPORT,), ()),
    (State.ACCEPTED, Event.SUCCESS): (State.ACCEPTED, (Do.DELIVER,), ()),
    (State.ACCEPTED, Event.TIMER_M): (State.TERMINATED, (), ()),
    (State.COMPLETED, Event.REFUSAL): (State.COMPLETED, (Do.ACK_AGAIN,), ()),
    (State.COMPLETED, Event.TRANSPORT_FAILED): (State.TERMINATED, (Do.FAIL_TRANSPORT,), ()),
    (State.COMPLETED, Event.TIMER_D): (State.TERMINATED, (), ()),
}
