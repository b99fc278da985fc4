"""INVITE server transaction: RFC 3261 section 17.2.1, figure 7, as corrected by RFC 6026 sections 7.1 and 8.7.

State       On                Next        Do
PROCEEDING  REQUEST           PROCEEDING  resend
PROCEEDING  PROVISIONAL       PROCEEDING  send
PROCEEDING  SUCCESS           ACCEPTED    send, keep nothing, start L
PROCEEDING  REFUSAL           COMPLETED   send, keep bytes, start G, start H
PROCEEDING  TRANSPORT_FAILED  PROCEEDING  fail transport
ACCEPTED    SUCCESS           ACCEPTED    send, keep nothing
ACCEPTED    ACK               ACCEPTED    deliver ack
ACCEPTED    TRANSPORT_FAILED  ACCEPTED    fail transport
ACCEPTED    TIMER_L           TERMINATED
COMPLETED   REQUEST           COMPLETED   resend
COMPLETED   ACK               CONFIRMED   start I
COMPLETED   TIMER_G           COMPLETED   resend, back off to t2
COMPLETED   TIMER_H           TERMINATED  fail timeout
COMPLETED   TRANSPORT_FAILED  COMPLETED   fail transport
CONFIRMED   TIMER_I           TERMINATED

A repeated INVITE is absorbed in Accepted: repeating the 2xx until its ACK is the user's (section 13.3.1.4), and so
is that ACK, which reaches this machine only from peers that give it the INVITE's branch. A transport failure does
not end the machine (RFC 6026 section 8.7), or the next repetition of the INVITE would be taken for a new call.
"""

from __future__ import annotations

from typing import Final

from sip_frontend.transaction.machine import Do, Event, State, Table

INVITE_SERVER: Final[Table] = {
    (State.PROCEEDING, Event.REQUEST): (State.PROCEEDING, (Do.RESEND,), ()),
    (State.PROCEEDING, Event.PROVISIONAL): (State.PROCEEDING, (Do.SEND,), ()),
    (State.PROCEEDING, Event.SUCCESS): (State.ACCEPTED, (Do.SEND, Do.KEEP_NOTHING), (Event.TIMER_L,)),
    (State.PROCEEDING, Event.REFUSAL): (State.COMPLETED, (Do.SEND, Do.KEEP_BYTES), (Event.TIMER_G, Event.TIMER_H)),
    (State.PROCEEDING, Event.TRANSPORT_FAILED): (State.PROCEEDING, (Do.FAIL_TRANSPORT,), ()),
    (State.ACCEPTED, Event.SUCCESS): (State.ACCEPTED, (Do.SEND, Do.KEEP_NOTHING), ()),
    (State.ACCEPTED, Event.ACK): (State.ACCEPTED, (Do.DELIVER_ACK,), ()),
    (State.ACCEPTED, Event.TRANSPORT_FAILED): (State.ACCEPTED, (Do.FAIL_TRANSPORT,), ()),
    (State.ACCEPTED, Event.TIMER_L): (State.TERMINATED, (), ()),
    (State.COMPLETED, Event.REQUEST): (State.COMPLETED, (Do.RESEND,), ()),
    (State.COMPLETED, Event.ACK): (State.CONFIRMED, (), (Event.TIMER_I,)),
    (State.COMPLETED, Event.TIMER_G): (State.COMPLETED, (Do.RESEND, Do.BACK_OFF_TO_T2), ()),
    (State.COMPLETED, Event.TIMER_H): (State.TERMINATED, (Do.FAIL_TIMEOUT,), ()),
    (State.COMPLETED, Event.TRANSPORT_FAILED): (State.COMPLETED, (Do.FAIL_TRANSPORT,), ()),
    (State.CONFIRMED, Event.TIMER_I): (State.TERMINATED, (), ()),
}
