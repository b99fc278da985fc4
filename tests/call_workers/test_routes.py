"""Routes: the most exact wins."""

from __future__ import annotations

import pytest

from call_workers import Call, CallWorker
from call_workers.routes import Route, Routes
from switchroom.v1.envelope_pb2 import Route as WireRoute


def script(name: str) -> Route:
    async def made(call: Call) -> None:
        """Does nothing."""

    made.__name__ = name
    user, _, realm = name.partition("@")
    return Route(made, user, realm)


ROUTES = Routes(script(name) for name in ["", "6*", "60?", "600", "*@b.test", "60?@b.test", "6.*"])


@pytest.mark.parametrize(
    ("user", "realm", "wanted"),
    [
        ("600", "a.test", "600"),
        ("601", "a.test", "60?"),
        ("601", "b.test", "60?@b.test"),
        ("611", "a.test", "6*"),
        ("6.1", "a.test", "6.*"),
        ("777", "a.test", ""),
        ("777", "b.test", "*@b.test"),
    ],
)
def test_the_most_exact_route_wins(user: str, realm: str, wanted: str) -> None:
    found = ROUTES.find(user, realm)
    assert found is not None
    assert found.__name__ == wanted


def test_an_address_of_the_exchange_stands_for_its_domain() -> None:
    routes = Routes([script("600@pbx.test")])
    assert routes.find("600", "127.0.0.1") is not None
    assert routes.find("601", "pbx.test") is None


def test_decorator_forms_and_include() -> None:
    one, two = CallWorker(), CallWorker()

    @one.call
    async def everything(call: Call) -> None:
        """All calls."""

    @two.call(user=["600", "601"], realm="pbx.test")
    async def some(call: Call) -> None:
        """Two numbers."""

    one.include(two)
    assert one.routes.to_wire() == [
        WireRoute(user="600", realm="pbx.test"),
        WireRoute(user="601", realm="pbx.test"),
        WireRoute(),
    ]
    assert one.routes.find("601", "pbx.test") is some
    assert one.routes.find("602", "pbx.test") is everything
