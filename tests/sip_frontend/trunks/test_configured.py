"""From the configuration file to the call core."""

from __future__ import annotations

import msgspec

from sip_frontend.calls.settings import Trunk
from sip_frontend.trunks.configured import trunk_of
from switchroom.config import TrunkSection


def test_every_setting_arrives() -> None:
    section = TrunkSection(
        name="carrier",
        peers=("192.0.2.1:5070", "sip.carrier.example", "[2001:db8::1]"),
        transport="tls",
        trusted=False,
        user="acme",
        password="zanzibar",
        domain="carrier.example",
        register=True,
        servers=("reg.carrier.example:5099",),
        expires_s=300,
        ping_s=20,
        ping_misses=2,
        max_calls=30,
        in_called=("+4930=", "=0"),
        in_caller=("0=+49",),
        out_called=("9=",),
        out_caller=("=+4930",),
        accept_identity=False,
        send_identity="rpid",
        from_account=True,
        rtp_dscp=0,
        rtp_sources=("192.0.2.9/24", "10.0.0.0/255.0.0.0", "2001:db8::1"),
    )
    trunk = trunk_of(section)
    assert trunk.peers == (("192.0.2.1", 5070), ("sip.carrier.example", 0), ("2001:db8::1", 0))
    assert trunk.servers == (("reg.carrier.example", 5099),)
    assert trunk.in_called == (("+4930", ""), ("", "0"))
    assert trunk.rtp_sources == ("192.0.2.0/24", "10.0.0.0/8", "2001:db8::1/128")
    plain = trunk_of(TrunkSection(name="carrier", peers=("192.0.2.1",)))
    for field in msgspec.structs.fields(TrunkSection):
        assert field.name == "name" or getattr(trunk, field.name) != getattr(plain, field.name), field.name


def test_a_password_is_in_no_repr() -> None:
    assert "zanzibar" not in repr(Trunk("carrier", user="acme", password="zanzibar"))
