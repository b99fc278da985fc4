"""What a script may see of the SIP side of a call."""

from __future__ import annotations

# RFC 3261 section 7.3.3 and the IANA registry of header fields.
_COMPACT = {
    "call-id": "i",
    "contact": "m",
    "content-encoding": "e",
    "content-length": "l",
    "content-type": "c",
    "event": "o",
    "from": "f",
    "refer-to": "r",
    "referred-by": "b",
    "session-expires": "x",
    "subject": "s",
    "supported": "k",
    "to": "t",
    "via": "v",
}


class SipView:
    """Identity of the dialog, and the INVITE as it was received.

    ``call_id``, ``local_tag`` and ``remote_tag`` are SIP's; ``request`` is empty for a call that we placed.
    """

    __slots__ = ("call_id", "local_tag", "remote_tag", "request")

    def __init__(self, call_id: str, local_tag: str, remote_tag: str, request: bytes) -> None:
        self.call_id = call_id
        self.local_tag = local_tag
        self.remote_tag = remote_tag
        self.request = request

    def header(self, name: str) -> str | None:
        """The first value of a header of the INVITE, by its long name in any case; None if it is not there."""
        values = self.headers(name)
        return values[0] if values else None

    def headers(self, name: str) -> list[str]:
        """All values of a header, one for each line it stands on."""
        wanted = name.lower()
        names = (wanted, _COMPACT.get(wanted, wanted))
        found = []
        for line in self._lines():
            key, colon, value = line.partition(":")
            if colon and key.strip().lower() in names:
                found.append(value.strip())
        return found

    def _lines(self) -> list[str]:
        head = self.request.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ")
        return unfolded.split("\r\n")[1:]
