"""The few messages the probe needs, as text; nothing of the product's, which is what is measured."""

from __future__ import annotations

import hashlib
import re
import uuid


class Packet:
    """Requests of one socket."""

    def __init__(self, me: tuple[str, int], target: tuple[str, int]) -> None:
        self._me = f"{me[0]}:{me[1]}"
        self._host = me[0]
        self._target = f"{target[0]}:{target[1]}"

    def request(
        self,
        method: str,
        uri: str,
        call_id: str,
        cseq: int,
        *,
        to: str = "",
        user: str = "probe",
        extra: str = "",
        body: str = "",
    ) -> bytes:
        """Any request."""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        identity = f"<sip:{user}@{self._host}>"
        return (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self._me};branch=z9hG4bK{uuid.uuid4().hex}\r\n"
            f"Max-Forwards: 70\r\nFrom: {identity};tag={call_id[:8]}\r\nTo: {to or identity}\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:{user}@{self._me}>\r\n"
            f"{extra}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def invite(self, uri: str, call_id: str, *, user: str = "probe", cseq: int = 1, extra: str = "") -> bytes:
        """With an offer of PCMU."""
        body = (
            f"v=0\r\no=- 1 1 IN IP4 {self._host}\r\ns=-\r\nc=IN IP4 {self._host}\r\nt=0 0\r\n"
            "m=audio 6000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        return self.request("INVITE", uri, call_id, cseq, to=f"<{uri}>", user=user, extra=extra, body=body)

    def register(self, user: str, uri: str, call_id: str, cseq: int, credentials: str = "") -> bytes:
        """For ten minutes."""
        extra = f"Authorization: {credentials}\r\nExpires: 600\r\n" if credentials else "Expires: 600\r\n"
        return self.request("REGISTER", uri, call_id, cseq, to=f"<sip:{user}@{self._host}>", user=user, extra=extra)


def find(text: str, name: str) -> str:
    """The first value of a header."""
    match = re.search(rf"^{name}:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return match[1] if match else ""


def authorization(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    """MD5 with qop=auth."""
    given = {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', challenge)}

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    ha1, ha2, nc, cnonce = md5(user, given["realm"], password), md5(method, uri), "00000001", uuid.uuid4().hex
    response = md5(ha1, given["nonce"], nc, cnonce, "auth", ha2)
    opaque = f', opaque="{given["opaque"]}"' if "opaque" in given else ""
    return (
        f'Digest username="{user}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="{uri}", algorithm=MD5, '
        f'qop=auth, nc={nc}, cnonce="{cnonce}", response="{response}"{opaque}'
    )
