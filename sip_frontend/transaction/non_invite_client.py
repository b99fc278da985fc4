"""Non-INVITE client transaction: RFC 3261 section 17.1.2, figure 6.

State       On                Next        Do
TRYING      START             TRYING      send, start E, start F
TRYING      TIMER_E           TRYING      resend, back off to t2
TRYING      TIMER_F           TERMINATED  fail timeout
TRYING      TRANSPORT_FAILED  TERMINATED  fail transport
TRYING      PROVISIONAL       PROCEEDING  deliver
TRYING      SUCCESS           COMPLETED   deliver, start K
TRYING      REFUSAL           COMPLETED   deliver, start K
PROCEEDING  TIMER_E           PROCEEDING  resend, repeat at t2
PROCEEDING  TIMER_F           TERMINATED  fail timeout
PROCEEDING  TRANSPORT_FAILED  TERMINATED  fail transport
PROCEEDING  PROVISIONAL       PROCEEDING  deliver
PROCEEDING  SUCCESS           COMPLETED   deliver, start K
PROCEEDING  REFUSAL           COMPLETED   deliver, start K
COMPLETED   TIMER_K           TERMINATED
"""

from __future__ import annotations

from typing import Final

from sip_frontend.transaction.machine import Do, Event, State, Table

NON_INVITE_CLIENT: Final[Table] = {
    (State.TRYING, Event.START): (State.TRYING, (Do.SEND,), (Event.TIMER_E, Event.TIMER_F)),
    (State.TRYING, Event.TIMER_E): (State.TRYING, (Do.RESEND, Do.BACK_OFF_TO_T2), ()),
    (State.TRYING, Event.TIMER_F): (State.TERMINATED, (Do.FAIL_TIMEOUT,), ()),
    (State.TRYING, Event.TRANSPORT_FAILED): (State.TERMINATED, (Do.FAIL_TRANSPORT,), ()),
    (State.TRYING, Event.PROVISIONAL): (State.PROCEEDING, (Do.DELIVER,), ()),
    (State.TRYING, Event.SUCCESS): (State.COMPLETED, (Do.DELIVER,), (Event.TIMER_K,)),
    (State.TRYING, Event.REFUSAL): (State.COMPLETED, (Do.DELIVER,), (Event.TIMER_K,)),
    (State.PROCEEDING, Event.TIMER_E): (State.PROCEEDING, (Do.RESEND, Do.REPEAT_AT_T2), ()),
    (State.PROCEEDING, Event.TIMER_F): (State.TERMINATED, (Do.FAIL_TIMEOUT,), ()),
    (State.PROCEEDING, Event.TRANSPORT_FAILED): (State.TERMINATED, (Do.FAIL_TRANSPORT,), ()),
    (State.PROCEEDING, Event.PROVISIONAL): (State.PROCEEDING, (Do.DELIVER,), ()),
    (State.PROCEEDING, Event.SUCCESS): (State.COMPLETED, (Do.DELIVER,), (Event.TIMER_K,)),
    (State.PROCEEDING, Event.REFUSAL): (State.COMPLETED, (Do.DELIVER,), (Event.TIMER_K,)),
    (State.COMPLETED, Event.TIMER_K): (State.TERMINATED, (), ()),
}
