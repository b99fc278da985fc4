"""Sets of networks."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_frontend.guard import Networks
from sip_frontend.guard.networks import read_networks

NETWORKS = ("10.0.0.0/8", "192.0.2.7", "192.0.2.128/25", "2001:db8::/32", "::1", "10.1.2.3/16")


@given(st.one_of(st.ip_addresses(), st.ip_addresses(network="192.0.2.0/24"), st.ip_addresses(network="2001:db8::/31")))
def test_it_holds_what_any_of_its_networks_holds(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    expected = any(address in ipaddress.ip_network(text, strict=False) for text in NETWORKS)
    assert (address in Networks(NETWORKS)) == expected


def test_a_list_file_has_comments_and_blank_lines() -> None:
    assert read_networks("# ours\n192.0.2.7  # the gate\n\n10.0.0.0/8\n") == ["192.0.2.7", "10.0.0.0/8"]


def test_what_is_no_network_is_said() -> None:
    with pytest.raises(ValueError, match="300"):
        Networks(("300.1.1.1",))
