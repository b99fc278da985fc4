"""What can be wrong with a session description, each with the SIP status and the Warning that say so.

RemoteProtocolError
 ├ SdpError            400: the text cannot be read
 ├ NotAcceptable       488: it can be read, and nothing in it suits us
 └ OfferCollision      491 or 500: an offer while another one is open
"""

from __future__ import annotations

from switchroom.errors import RemoteProtocolError

# Warning codes of RFC 3261 section 20.43.
INCOMPATIBLE_NETWORK_PROTOCOL = 300
INCOMPATIBLE_ADDRESS_FORMAT = 301
INCOMPATIBLE_TRANSPORT = 302
MEDIA_TYPE_NOT_AVAILABLE = 304
INCOMPATIBLE_MEDIA_FORMAT = 305
PARAMETER_NOT_UNDERSTOOD = 307


class SdpError(RemoteProtocolError):
    """A session description that cannot be read. *warning* is a code of RFC 3261 section 20.43."""

    def __init__(self, text: str, warning: int = PARAMETER_NOT_UNDERSTOOD) -> None:
        super().__init__(text, 400)
        self.warning = warning


class NotAcceptable(RemoteProtocolError):
    """Nothing in the description suits us. *warning* is a code of RFC 3261 section 20.43."""

    def __init__(self, text: str, warning: int) -> None:
        super().__init__(text, 488)
        self.warning = warning


class OfferCollision(RemoteProtocolError):
    """An offer that crosses another one: 491 when ours is open, 500 when the peer's own is (RFC 3261 section 14.2)."""
