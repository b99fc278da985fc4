"""Counters by method and status, and the page made of them."""

from __future__ import annotations

import asyncio

import pytest

from sip_frontend.measure import MetricsListener, Traffic, page
from sip_frontend.transaction.histogram import Histogram


def counted() -> Traffic:
    traffic = Traffic()
    traffic.count(b"INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n", "in")
    traffic.count(b"INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n", "in")
    traffic.count(b"SIP/2.0 200 OK\r\nTo: x\r\nCSeq: 1 INVITE\r\n\r\n", "out")
    return traffic


def test_requests_and_responses_are_counted_apart() -> None:
    assert counted().values() == {"requests.in.INVITE": 2, "responses.out.INVITE.200": 1}


def test_what_strangers_invent_shares_one_counter() -> None:
    traffic = Traffic()
    for number in range(1000):
        traffic.count(f"M{number} sip:a SIP/2.0\r\n\r\n".encode(), "in")
        traffic.count(f"SIP/2.0 2x{number} OK\r\nCSeq: 1 M{number}\r\n\r\n".encode(), "in")
    assert traffic.values() == {"requests.in.other": 1000, "responses.in.other.000": 1000}


@pytest.mark.covers("DR-029")
def test_the_page_is_what_prometheus_reads() -> None:
    delays = Histogram()
    delays.add(0.02)
    delays.add(99.0)
    text = page(counted(), {"calls": 3.0, "guard.scanner": 2.0, "transactions.timeouts": 4.0}, {"answer": delays})
    lines = text.splitlines()
    assert 'switchroom_sip_requests_total{direction="in",method="INVITE"} 2' in lines
    assert 'switchroom_sip_responses_total{direction="out",method="INVITE",code="200"} 1' in lines
    assert 'switchroom_guard_total{reason="scanner"} 2' in lines
    assert "# TYPE switchroom_calls gauge" in lines
    assert "switchroom_calls 3" in lines
    assert "switchroom_transactions_timeouts_total 4" in lines
    assert 'switchroom_answer_seconds_bucket{le="0.01"} 0' in lines
    assert 'switchroom_answer_seconds_bucket{le="0.025"} 1' in lines
    assert 'switchroom_answer_seconds_bucket{le="+Inf"} 2' in lines
    assert "switchroom_answer_seconds_count 2" in lines
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert text.endswith("\n")


def test_what_goes_down_is_a_gauge_and_names_of_peers_and_trunks_are_labels() -> None:
    values = {"subscriptions": 3.0, "queue.media-1": 1.0, "unanswered.media-1": 2.0}
    values |= {'trunk.the "big" one.up': 1.0, "trunk.b.up": 0.0, "trunk.b.calls": 5.0}
    lines = page(Traffic(), values, {}).splitlines()
    assert "# TYPE switchroom_subscriptions gauge" in lines
    assert "switchroom_subscriptions 3" in lines
    assert "# TYPE switchroom_queue gauge" in lines
    assert 'switchroom_queue{peer="media-1"} 1' in lines
    assert 'switchroom_unanswered{peer="media-1"} 2' in lines
    assert lines.count("# TYPE switchroom_trunk_up gauge") == 1
    assert 'switchroom_trunk_up{trunk="the \\"big\\" one"} 1' in lines
    assert 'switchroom_trunk_calls{trunk="b"} 5' in lines
    assert not any("_total" in line for line in lines if line[0] != "#")


@pytest.mark.asyncio
async def test_the_listener_answers_its_one_page() -> None:
    listener = MetricsListener(("127.0.0.1", 0), lambda: "x 1\n")
    await listener.start()
    try:

        async def ask(request: bytes) -> bytes:
            reader, writer = await asyncio.open_connection(*listener.local)
            writer.write(request)
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            return answer

        assert (await ask(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).endswith(b"\r\n\r\nx 1\n")
        assert (await ask(b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404")
        assert (await ask(b"POST /metrics HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 405")
        assert await ask(b"GET /" + b"x" * 20_000 + b"\r\n\r\n") == b""
    finally:
        await listener.stop()
