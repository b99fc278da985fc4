"""Which user of which domain a To header means."""

from __future__ import annotations

import pytest

from registrar.aor import Domain, Domains, aor_of
from registrar.errors import RegistrationRefused

DOMAINS = Domains([Domain("pbx.test"), Domain("Branch.test")], {"pbx.example": "pbx.test"})


@pytest.mark.parametrize(
    ("uri", "aor"),
    [
        ("sip:1001@pbx.test", "1001@pbx.test"),
        ("SIP:1001@PBX.Test:5060;transport=udp", "1001@pbx.test"),
        ("sips:1001@pbx.example", "1001@pbx.test"),
        ("sip:%31001@127.0.0.1:5060", "1001@pbx.test"),
        ("sip:1001@[::1]", "1001@pbx.test"),
        ("sip:1001@localhost", "1001@pbx.test"),
        ("sip:anna.b@branch.test", "anna.b@Branch.test"),
        ("sip:1001:pw@pbx.test", "1001@pbx.test"),
    ],
)
def test_any_address_or_name_of_ours(uri: str, aor: str) -> None:
    user, domain = DOMAINS.address(uri)
    assert aor_of(user, domain) == aor


@pytest.mark.parametrize(
    ("uri", "status"),
    [("sip:1001@elsewhere.test", 404), ("sip:pbx.test", 400), ("tel:1001", 400), ("", 400), ("sip:@pbx.test", 400)],
)
def test_refused(uri: str, status: int) -> None:
    with pytest.raises(RegistrationRefused) as caught:
        DOMAINS.address(uri)
    assert caught.value.status_hint == status
