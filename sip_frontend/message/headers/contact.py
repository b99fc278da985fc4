"""Contact as a list: ``*`` or addresses, with the parameters a registrar reads (RFC 3261 section 20.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sip_frontend.message.address import Address
from sip_frontend.message.grammar import split_list
from sip_frontend.message.headers.delta import parse_delta_s
from sip_frontend.message.message import Message
from switchroom.errors import SipParseError


@final
@dataclass(frozen=True, slots=True)
class ContactList:
    star: bool
    """``Contact: *``, which stands alone and only in a REGISTER."""
    contacts: tuple[Address, ...] = ()

    @classmethod
    def of(cls, message: Message) -> ContactList:
        """All Contact values of *message*, on however many lines. Raises SipParseError."""
        values = [value for line in message.get_all("Contact") for value in split_list(line)]
        if values == ["*"]:
            return cls(star=True)
        if "*" in values:
            raise SipParseError("Contact: * beside other values", header="Contact")
        return cls(star=False, contacts=tuple([Address.parse(value, "Contact") for value in values]))


def contact_expires_s(contact: Address, default_s: int | None = None) -> int | None:
    """The ``expires`` parameter; *default_s* if absent, 3600 if malformed (RFC 3261 section 10.2.1.1)."""
    value = contact.param("expires")
    return default_s if value is None else parse_delta_s(value, 3600)


def contact_q(contact: Address) -> int:
    """The ``q`` parameter in thousandths, 0 to 1000; 1000 if absent or malformed."""
    whole, _, fraction = (contact.param("q") or "1").partition(".")
    text = whole + fraction
    if not text.isascii() or not text.isdigit() or len(whole) != 1 or len(fraction) > 3:
        return 1000
    return min(1000, int(whole + fraction.ljust(3, "0")))
