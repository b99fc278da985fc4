"""Refer-To: whom to call, and which dialog that call takes over (RFC 3515, RFC 3891 section 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.address import Address
from sip_frontend.message.headers.dialog_id import DialogId
from sip_frontend.message.uri import Uri


@final
@dataclass(frozen=True, slots=True)
class ReferTo:
    uri: Uri
    """The target without the ``method`` parameter and without headers: what goes into a Request-URI."""
    display: str = ""
    method: str = "INVITE"
    replaces: DialogId | None = None

    @classmethod
    def parse(cls, text: str) -> ReferTo:
        """Raises SipParseError, also for a Replaces that cannot be read: transferring blindly would be wrong."""
        address = Address.parse(text, "Refer-To")
        uri = address.uri
        replaces = uri.headers.get("Replaces")
        return cls(
            uri.without(("method",), headers=True),
            address.display,
            uri.params.get("method", "INVITE").upper(),
            None if replaces is None else DialogId.parse(replaces),
        )

    def __str__(self) -> str:
        params = dict(self.uri.params)
        if self.method != "INVITE":
            params["method"] = self.method
        headers = {} if self.replaces is None else {"Replaces": str(self.replaces)}
        uri = self.uri
        target = Uri(uri.scheme, uri.user, uri.password, uri.host, uri.port, params, headers, uri.opaque)
        return str(Address(target, self.display))
