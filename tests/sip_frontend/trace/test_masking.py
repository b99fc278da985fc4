"""No credential survives, and nothing else is changed."""

from __future__ import annotations

import pytest

from sip_frontend.trace import masked

HEAD = b"REGISTER sip:pbx.test SIP/2.0\r\nCall-ID: c1\r\n"


@pytest.mark.parametrize(
    "header",
    [
        b'Authorization: Digest username="a", nonce="SECRET", response="SECRET"',
        b'proxy-authorization : digest nonce="SECRET",\r\n response="SECRET"',
        b'WWW-Authenticate:Digest realm="x",\r\n\tnonce="SECRET"',
        b'PROXY-AUTHENTICATE: Digest nonce="SECRET"',
        b'Authentication-Info: nextnonce="SECRET", rspauth="SECRET"',
        b"Authorization: Basic SECRET",
        b"Authorization: SECRET",
        b"From: <sip:a:SECRET@b>;tag=1",
    ],
)
def test_credentials_are_masked(header: bytes) -> None:
    data = HEAD + header + b"\r\nCSeq: 1 REGISTER\r\n\r\nbody"
    shown = masked(data)
    assert b"SECRET" not in shown
    assert shown.startswith(HEAD)
    assert shown.endswith(b"\r\nCSeq: 1 REGISTER\r\n\r\nbody")


def test_everything_else_stays() -> None:
    data = (
        HEAD + b"Contact: <sip:a@192.0.2.1:5060;transport=tcp>\r\nVia: SIP/2.0/UDP h:1;branch=z\r\n\r\nAuthorization: x"
    )
    assert masked(data) == data
