"""The dial plan of the demo exchange, by phone."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.exchange import Exchange
from tests.support.phone import Phone
from tests.support.phone_call import PhoneCall
from tests.support.tones import hears, sine
from tests.support.users import phone

pytestmark = pytest.mark.asyncio


@pytest.mark.covers("CM-052", "CM-057", "EN-016")
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_600_returns_what_it_hears(exchange: Exchange, transport: str) -> None:
    async with phone(exchange, "1001", transport) as caller:
        call = await caller.answered_call("600")
        call.rtp.say(sine(1000, 1.5))
        assert hears(await call.rtp.listen(1.0), 1000, [440, 700])
        assert (await call.hang_up()).status == 200


@pytest.mark.covers("CM-114", "CM-115", "EN-021")
async def test_601_speaks_the_digits_back(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("601")
        await call.rtp.press("159#")
        line = await exchange.logged("ivr.digits", digits="159")
        assert "#" not in line["digits"]
        assert any(abs(sample) > 1_000 for sample in await call.rtp.listen(1.0))
        assert (await call.hang_up()).status == 200


async def test_601_takes_silence_as_the_end(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.answered_call("601")
        await call.rtp.press("27")
        await exchange.logged("ivr.digits", digits="27", timeout_s=6)
        await call.hang_up()


@pytest.mark.covers("CM-063", "CM-083", "CM-087", "EN-049")
@pytest.mark.parametrize(("one", "other"), [("UDP", "UDP"), ("TCP", "UDP"), ("UDP", "TCP")])
@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_two_phones_talk_and_either_hangs_up(exchange: Exchange, one: str, other: str, who: str) -> None:
    async with phone(exchange, "1001", one) as caller, phone(exchange, "1002", other) as callee:
        assert (await callee.register()).status == 200
        out = await caller.call("1002")
        into = await callee.next_call()
        into.ring()
        await out.progress(180)
        await into.answer()
        assert (await out.final()).status == 200
        out.rtp.say(sine(440, 1.2))
        into.rtp.say(sine(1000, 1.2))
        at_caller, at_callee = await asyncio.gather(out.rtp.listen(0.8), into.rtp.listen(0.8))
        assert hears(at_caller, 1000, [440])
        assert hears(at_callee, 440, [1000])
        first, second = (out, into) if who == "caller" else (into, out)
        assert (await first.hang_up()).status == 200
        await second.ended()


@pytest.mark.covers("CM-120", "CM-145", "EN-044")
@pytest.mark.covers("CM-120")
async def test_digits_cross_a_bridge_between_different_payload_types(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller, phone(exchange, "1002") as callee:
        await callee.register()
        out = await caller.call("1002")
        into = await callee.next_call()
        into.rtp.event_payload_type = 96
        await into.answer()
        await out.final()
        out.rtp.event_payload_type = 101
        await asyncio.sleep(0.3)
        await out.rtp.press("1*59#0")
        await _hears_digits(into, "1*59#0")
        await out.hang_up()
        await into.ended()


async def _hears_digits(call: PhoneCall, digits: str) -> None:
    """They are made anew, a little longer than ours, so they come later; and none comes twice."""
    async with asyncio.timeout(5):
        while len(call.rtp.events()) < len(digits):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.4)
    assert call.rtp.events() == digits


@pytest.mark.covers("CM-084")
async def test_busy_callee_is_486_to_the_caller(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller, phone(exchange, "1002") as callee:
        await callee.register()
        out = await caller.call("1002")
        (await callee.next_call()).refuse(486)
        assert (await out.final()).status == 486


@pytest.mark.covers("CM-049")
async def test_cancel_stops_the_ringing(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller, phone(exchange, "1002") as callee:
        await callee.register()
        out = await caller.call("1002")
        into = await callee.next_call()
        into.ring()
        await out.progress(180)
        assert (await out.cancel()).status == 200
        assert (await out.final()).status == 487
        await into.ended(1.0)


@pytest.mark.covers("CM-062", "CM-073", "RG-026")
async def test_all_devices_ring_and_the_first_answer_wins(exchange: Exchange) -> None:
    async with (
        phone(exchange, "1001") as caller,
        phone(exchange, "1002") as desk,
        phone(exchange, "1002", "TCP") as mobile,
    ):
        await desk.register()
        await mobile.register()
        out = await caller.call("1002")
        at_desk, at_mobile = await asyncio.gather(desk.next_call(), mobile.next_call())
        at_desk.ring()
        at_mobile.ring()
        await at_mobile.answer()
        assert (await out.final()).status == 200
        await at_desk.ended(2.0)
        reason = next(request for request in at_desk.requests if request.method == "CANCEL").get("Reason")
        assert reason
        assert "completed elsewhere" in reason
        await out.hang_up()
        await at_mobile.ended()


async def test_unknown_extension_is_404(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        assert (await (await caller.call("4711")).final()).status == 404


async def test_extension_not_built_yet_is_404_and_says_so(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        response = await (await caller.call("606")).final()
        assert response.status == 404
        assert response.get("Warning")


async def test_user_registered_nowhere_is_480(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        assert (await (await caller.call("1010")).final()).status == 480


@pytest.mark.covers("CM-056", "AU-002")
async def test_call_without_credentials_is_challenged_and_with_wrong_ones_refused(exchange: Exchange) -> None:
    async with Phone(exchange.sip, "1001") as nobody:
        assert (await (await nobody.call("600")).final()).status == 407
    async with Phone(exchange.sip, "1001", "wrong") as liar:
        assert (await (await liar.call("600")).final()).status in (403, 407)


@pytest.mark.covers("DR-028")
async def test_options_is_answered_without_credentials(exchange: Exchange) -> None:
    async with Phone(exchange.sip) as anybody:
        assert (await anybody.request("OPTIONS", f"sip:{anybody.domain}", [])).status == 200


@pytest.mark.covers("DR-004")
async def test_answer_is_repeated_until_the_ack(exchange: Exchange) -> None:
    async with phone(exchange, "1001") as caller:
        call = await caller.call("600", acknowledge=False)
        await call.final()
        while call.statuses.count(200) < 3:
            await asyncio.sleep(0.01)
        call.acknowledges = True
        await asyncio.sleep(1.0)  # longer than T2 here: the next 200 has been acknowledged
        repeated = call.statuses.count(200)
        await asyncio.sleep(1.0)
        assert call.statuses.count(200) == repeated
        await call.hang_up()
