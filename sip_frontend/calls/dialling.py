"""Placing calls: one Dial may ring many contacts; the first that answers wins, the others are cancelled.

What a Dial knows is an ``Attempt``; ``finding`` says who is to ring; one leg's INVITE lives in ``outbound``, what comes
back in ``responses``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sip_frontend.calls import bridging, causes, ending, finding, hunting, media_channels, transfer
from sip_frontend.calls.attempt import Attempt, Target
from sip_frontend.calls.call import Call
from sip_frontend.calls.run import Run
from sip_frontend.location import Hop
from sip_frontend.message import SipParseError, Uri
from switchroom.v1 import common_pb2 as common
from switchroom.v1 import worker_pb2 as worker_pb

Found = Callable[[list[Hop]], None]
"""What takes the places that a URI leads to."""

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

MOST_LEGS = 64
"""Legs of one Dial at most (DE-068: a fork without bound)."""
REDIRECTS = 5
"""Redirections followed in one Dial at most."""
LOOKUP_S = 2.0
"""How long the registrar may take to say where a user is."""


def dial(ex: Exchange, run: Run, parent: Call | None, command: worker_pb.Command) -> None:
    """Begin a Dial: find every target, then ring."""
    options = command.dial
    attempt = Attempt(run, command.command_id, options, None if options.orphan else parent)
    seconds = options.timeout.seconds + options.timeout.nanos / 1e9
    limit = min(seconds or ex.settings.answer_timeout_s, ex.settings.longest_timeout_s)
    attempt.timer = ex.timer(limit, lambda now: _nobody_answered(ex, attempt))
    _raise_ring_limit(ex, parent, limit)
    attempt.looking = 1
    if options.ring_tone and parent is not None and parent.established:
        media_channels.play_tone(ex, parent, options.ring_tone)
    for target in options.targets:
        if target.HasField("delay"):
            finding.find_later(ex, attempt, target, proceed)
        else:
            finding.find(ex, attempt, target, proceed)
    attempt.looking -= 1
    proceed(ex, attempt)


def _raise_ring_limit(ex: Exchange, parent: Call | None, limit: float) -> None:
    """CM-080: the caller is not given up while we still ring for it."""
    if parent is not None and parent.ring_timer is not None and parent.ring_timer.due < ex.now + limit:
        fire = parent.ring_timer.fire
        parent.ring_timer.cancel()
        if fire is not None:
            parent.ring_timer = ex.timer(limit + 1.0, fire)


def proceed(ex: Exchange, attempt: Attempt) -> None:
    """Ring what waits; tell the script when nothing rings and nothing waits."""
    if attempt.done or attempt.looking:
        return
    while attempt.waiting and not (attempt.one_after_the_other and (attempt.legs or attempt.looking)):
        target = attempt.waiting.pop(0)
        if attempt.started >= MOST_LEGS:
            ex.log("warning", "dial.too_many_legs", run_id=attempt.run.run_id, most=MOST_LEGS)
            attempt.waiting.clear()
            break
        target.number = attempt.started
        attempt.started += 1
        hunting.begin(ex, attempt, target)
    if not attempt.legs and not attempt.waiting and not attempt.looking and not attempt.later:
        _finish(ex, attempt)


def leg_answered(ex: Exchange, attempt: Attempt, leg: Call) -> None:
    """*leg* answered first: the others are told "completed elsewhere", the caller is answered, the two are mixed."""
    if attempt.done:
        ending.hangup(ex, leg, common.CAUSE_LOSE_RACE)
        return
    attempt.done = True
    attempt.answered = leg
    leg.attempt = None
    losers = [one for one in attempt.legs if one is not leg]
    attempt.legs.clear()
    attempt.waiting.clear()
    if attempt.timer is not None:
        attempt.timer.cancel()
    for loser in losers:
        loser.attempt = None
        ending.hangup(ex, loser, common.CAUSE_LOSE_RACE)
    if not attempt.options.no_bridge and not attempt.options.hold_mix_for_hooks:
        bridge(ex, attempt.parent, leg)
    transfer.succeeded(ex, attempt.run)
    _tell(ex, attempt)


def bridge(ex: Exchange, parent: Call | None, leg: Call) -> None:
    """CM-087: answer the caller if it is not answered yet, then mix the two."""
    from sip_frontend.calls import answering

    if parent is None:
        return
    if parent.ended:
        ending.hangup(ex, leg, common.CAUSE_USER_GONE)
        return
    if not parent.established and parent.is_uas and not answering.answer(ex, parent):
        if not leg.ended:
            ending.hangup(ex, leg, common.CAUSE_NOT_ACCEPTABLE)
        return
    if not bridging.mix(ex, parent, leg):
        ending.hangup(ex, leg, common.CAUSE_NOT_ACCEPTABLE)


def leg_ended(ex: Exchange, attempt: Attempt, leg: Call) -> None:
    """*leg* is over without an answer."""
    if leg in attempt.legs:
        attempt.legs.remove(leg)
    if attempt.done:
        return
    why = leg.view.hangup_cause
    attempt.note(why.sip_status or causes.status_of(why.cause), why.cause)
    if 600 <= why.sip_status < 700:
        attempt.waiting.clear()
        cancel(ex, attempt, common.CAUSE_REQUEST_TERMINATED)
        return
    proceed(ex, attempt)


def redirect(ex: Exchange, attempt: Attempt, leg: Call, contacts: list[str]) -> None:
    """A 3xx of *leg*: its contacts take its place (RFC 3261 section 8.1.3.4); users of ours are looked up anew."""
    for text in contacts:
        if attempt.redirects >= REDIRECTS:
            ex.log("warning", "dial.too_many_redirects", run_id=attempt.run.run_id)
            return
        attempt.redirects += 1
        try:
            uri = Uri.parse(text)
        except SipParseError:
            continue
        if ex.settings.is_ours(uri.host) and uri.user:
            target = worker_pb.DialTarget()
            target.entity.username = uri.user
            finding.find_user(ex, attempt, target, proceed)
        else:
            attempt.waiting.append(Target(text))


def cancel(ex: Exchange, attempt: Attempt, cause: common.Cause, reason: str = "") -> None:
    """Stop ringing everywhere; the script is told the best failure."""
    attempt.waiting.clear()
    for leg in list(attempt.legs):
        ending.hangup(ex, leg, cause, text=reason)
    if not attempt.legs and not attempt.done:
        _finish(ex, attempt)


def _nobody_answered(ex: Exchange, attempt: Attempt) -> None:
    if attempt.done:
        return
    attempt.failure = (408, common.CAUSE_REQUEST_TIMEOUT)
    attempt.waiting.clear()
    attempt.looking = 0
    for leg in list(attempt.legs):
        leg.attempt = None
        ending.hangup(ex, leg, common.CAUSE_REQUEST_TIMEOUT, text=attempt.options.timeout_reason)
    attempt.legs.clear()
    _finish(ex, attempt)


def _finish(ex: Exchange, attempt: Attempt) -> None:
    attempt.done = True
    if attempt.options.ring_tone and attempt.parent is not None:
        media_channels.stop_play(ex, attempt.parent)
    if attempt.timer is not None:
        attempt.timer.cancel()
    _tell(ex, attempt)


def _tell(ex: Exchange, attempt: Attempt) -> None:
    run = attempt.run
    if run.finished:
        return
    event = ex.run_event(run, attempt.parent.call_id if attempt.parent is not None else "")
    finished = event.dial_finished
    finished.command_id = attempt.command_id
    if attempt.answered is not None:
        finished.answered_call_id = attempt.answered.call_id
        return
    status, cause = attempt.failure
    finished.cause.source = common.SOURCE_WIRE if status != 408 else common.SOURCE_US
    finished.cause.cause = cause or common.CAUSE_TEMPORARILY_UNAVAILABLE
    finished.cause.sip_status = status or 480
