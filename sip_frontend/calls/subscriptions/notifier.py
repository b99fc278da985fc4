"""The notifier: what becomes of a subscription, step by step (``states.py``), and its NOTIFYs, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sip_frontend.calls import requests
from sip_frontend.calls.subscriptions.states import TABLE, Do, On, State
from sip_frontend.calls.subscriptions.subscription import Subscription
from sip_frontend.message import Header, Response, SipParseError
from sip_frontend.message.headers import RetryAfter

if TYPE_CHECKING:
    from sip_frontend.calls.exchange import Exchange

ENDS_IT: Final = frozenset((404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604))
"""Answers to a NOTIFY that mean there is no subscriber any more (RFC 5057 section 5.1)."""
LATER_S: Final = 60.0
"""The longest Retry-After of an answer to a NOTIFY that is waited for."""
COME_BACK_S: Final = 10
"""When a subscriber is to try again after the exchange was stopped."""


def step(ex: Exchange, one: Subscription, on: On) -> None:
    """*on* happened to *one*."""
    row = TABLE.get((one.state, on))
    if row is None:
        return
    one.state, doing = row
    for do in doing:
        if do is Do.REARM:
            _rearm(ex, one)
        elif do is Do.FORGET:
            _forget(ex, one)
        else:
            if do is not Do.NOTIFY:
                _close(one, do)
            one.behind = True
            _notify(ex, one)


def changed(ex: Exchange, package: str, resource: str) -> None:
    """The state of *resource* is another one: everybody who subscribed to it is told."""
    for one in list(ex.subscriptions.about(package, resource)):
        step(ex, one, On.CHANGED)


def stop(ex: Exchange) -> None:
    """The exchange stops: subscribers are told to come back."""
    for one in list(ex.subscriptions.by_dialog.values()):
        step(ex, one, On.STOPPED)


def _rearm(ex: Exchange, one: Subscription) -> None:
    if one.expiry is not None:
        one.expiry.cancel()
    one.expiry = ex.timer(one.expires_at - ex.now, lambda now: step(ex, one, On.EXPIRED))


def _close(one: Subscription, do: Do) -> None:
    one.stop_timers()
    one.next_at = 0.0
    probation = f"terminated;reason=probation;retry-after={COME_BACK_S}"
    one.last_words = probation if do is Do.NOTIFY_PROBATION else "terminated;reason=timeout"


def _forget(ex: Exchange, one: Subscription) -> None:
    one.stop_timers()
    if ex.subscriptions.remove(one):
        one.package.unwatch(ex, one.resource)
    one.named_hop = None


# -- NOTIFY ------------------------------------------------------------------------------------------------------------


def _notify(ex: Exchange, one: Subscription) -> None:
    """Send what *one* does not know yet; later, while its last NOTIFY is unanswered or too young."""
    if one.unanswered or not one.behind or one.throttle is not None:
        return
    if ex.now < one.next_at:
        one.throttle = ex.timer(one.next_at - ex.now, lambda now: _due(ex, one))
        return
    one.behind = False
    one.unanswered = True
    one.next_at = ex.now + one.package.gap_s
    state = one.last_words or f"active;expires={max(0, round(one.expires_at - ex.now))}"
    body = one.package.body(ex, one)
    one.news.clear()
    headers: list[Header] = [("Event", one.event), ("Subscription-State", state)]
    if body:
        headers.append(("Content-Type", one.package.content_type))
    ex.count("subscriptions.notified")
    requests.send(ex, one, "NOTIFY", headers, body, lambda response: _answered(ex, one, response))
    one.version += 1


def _due(ex: Exchange, one: Subscription) -> None:
    one.throttle = None
    if one.state is not State.GONE:
        _notify(ex, one)


def _answered(ex: Exchange, one: Subscription, response: Response | None) -> None:
    """RFC 6665 section 4.2.2: silence and what means the end end it; after anything else it goes on."""
    one.unanswered = False
    if one.state is State.GONE:
        return
    if response is None or response.status in ENDS_IT:
        ex.count("subscriptions.lost")
        step(ex, one, On.FAILED)
        return
    if response.status < 300:
        if one.dialog is not None:
            one.dialog.refresh_target(response)
    elif response.status in (500, 503) and one.state is State.ACTIVE:
        one.behind = True
        one.next_at = ex.now + _wait_s(response)
    if not one.behind:
        step(ex, one, On.NOTIFIED)
    _notify(ex, one)


def _wait_s(response: Response) -> float:
    try:
        return min(float(RetryAfter.parse(response.get("Retry-After") or "").delay_s), LATER_S)
    except SipParseError:
        return LATER_S
