"""Header names: canonical spelling, compact forms (IANA registry), and the order-independent look-up table.

Compact forms: RFC 3261 section 7.3.3 and, as noted, the RFCs that added one.
"""

# ruff: noqa: SIM905  (a word list is easier to read, and to check against the registry, than a column of strings)
from __future__ import annotations

from typing import Final

from sip_frontend.message.grammar import is_token

COMPACT_FORMS: Final = {
    "a": "Accept-Contact",  # RFC 3841
    "b": "Referred-By",  # RFC 3892
    "c": "Content-Type",
    "d": "Request-Disposition",  # RFC 3841
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",  # RFC 3841
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",  # RFC 4474
    "o": "Event",  # RFC 6665
    "r": "Refer-To",  # RFC 3515
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",  # RFC 6665
    "v": "Via",
    "x": "Session-Expires",  # RFC 4028
    "y": "Identity",  # RFC 8224
}

CANONICAL_NAMES: Final = tuple(
    """
    Accept Accept-Contact Accept-Encoding Accept-Language Accept-Resource-Priority Alert-Info Allow Allow-Events
    Answer-Mode Authentication-Info Authorization Call-ID Call-Info Contact Content-Disposition Content-Encoding
    Content-ID Content-Language Content-Length Content-Transfer-Encoding Content-Type CSeq Date Diversion Error-Info
    Event Expires Feature-Caps Flow-Timer From Geolocation Geolocation-Error Geolocation-Routing History-Info Identity
    Identity-Info In-Reply-To Info-Package Join Max-Breadth Max-Forwards MIME-Version Min-Expires Min-SE Organization
    P-Access-Network-Info P-Asserted-Identity P-Associated-URI P-Called-Party-ID P-Charging-Vector P-Early-Media
    P-Preferred-Identity P-Visited-Network-ID Path Permission-Missing Policy-Contact Policy-ID Priority
    Priv-Answer-Mode Privacy Proxy-Authenticate Proxy-Authentication-Info Proxy-Authorization Proxy-Require RAck
    Reason Record-Route Recv-Info Refer-Events-At Refer-Sub Refer-To Referred-By Reject-Contact Remote-Party-ID
    Replaces Reply-To Request-Disposition Require Resource-Priority Retry-After Route RSeq Security-Client
    Security-Server Security-Verify Server Service-Route Session-Expires Session-ID SIP-ETag SIP-If-Match Subject
    Subscription-State Supported Suppress-If-Match Target-Dialog Timestamp To Trigger-Consent Unsupported User-Agent
    User-to-User Via Warning WWW-Authenticate
    """.split()
)

CANONICAL: Final = frozenset(CANONICAL_NAMES)

SINGLE_VALUED: Final = frozenset(
    """
    Call-ID Content-Length Content-Type CSeq Event Expires From Max-Forwards Min-Expires Min-SE RAck Refer-To
    Referred-By Replaces RSeq Session-Expires SIP-ETag SIP-If-Match Subscription-State Target-Dialog To
    """.split()
)
"""Headers that may stand in a message once, and whose second value would make it ambiguous (RFC 4475 section 3.3.8).
Those that only inform, such as Subject or Date, are not worth a refusal."""


def _spellings() -> dict[str, str]:
    table: dict[str, str] = {}
    for name in CANONICAL_NAMES:
        table[name] = table[name.lower()] = table[name.upper()] = table[name.title()] = name
    for letter, name in COMPACT_FORMS.items():
        table[letter] = table[letter.upper()] = name
    return table


SPELLINGS: Final = _spellings()
"""The spellings seen in practice; others are found through ``canonical``."""


def canonical(name: str) -> str:
    """The one key for a header name as written: its canonical spelling, lower case for unknown names.

    White space before the colon is legal (RFC 3261 section 7.3.1). "" means that this is no header name, such as the
    start of a folded line.
    """
    known = SPELLINGS.get(name)
    if known is not None:
        return known
    lowered = name.rstrip(" \t").lower()
    known = SPELLINGS.get(lowered)
    if known is not None:
        return known
    return lowered if is_token(lowered) else ""


def display_name(name: str) -> str:
    """How a header name is written out: canonical if known, else as it came."""
    return SPELLINGS.get(name) or SPELLINGS.get(name.rstrip(" \t").lower()) or name.rstrip(" \t")
