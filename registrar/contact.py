"""Contact header values of a REGISTER, and those of its 200 (RFC 3261 section 20.10, RFC 5626 section 11.1)."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.errors import RegistrationRefused


@dataclass(slots=True)
class Contact:
    """One Contact value. Parameter names are in lower case, quotes are gone."""

    uri: str
    params: dict[str, str]
    instance_id: str
    reg_id: int
    """The flow's number; 0 for none. It means nothing without an instance (RFC 5626 section 6)."""

    @classmethod
    def parse(cls, value: str) -> Contact:
        """Read *value*, one element of the header.

        Raises:
            RegistrationRefused: 400.
        """
        text = value.strip()
        if text.startswith('"'):
            _, text = _quoted(text)
        _, bracket, after = text.partition("<")
        if bracket:
            uri, closing, rest = after.partition(">")
            if not closing:
                raise RegistrationRefused("Contact Without Closing Bracket")
        else:
            # Without brackets what follows the first semicolon belongs to the header, not to the URI.
            uri, semicolon, rest = text.partition(";")
            rest = semicolon + rest
        uri = uri.strip()
        scheme, _, opaque = uri.partition(":")
        if not opaque or not scheme.isalnum() or not scheme.isascii() or " " in uri:
            raise RegistrationRefused("Contact Is No URI")
        params = _params(rest)
        instance_id = params.get("+sip.instance", "")
        return cls(uri, params, instance_id, _number(params.get("reg-id")) if instance_id else 0)

    @property
    def q(self) -> float:
        """Preference from 0 to 1; 1 when it is not told, or told in a way that makes no sense."""
        text = self.params.get("q")
        if text is None:
            return 1.0
        try:
            found = float(text)
        except ValueError:
            return 1.0
        return found if 0.0 <= found <= 1.0 else 1.0


def delta_seconds(text: str) -> int | None:
    """Seconds as RFC 3261 section 25.1 writes them, cut to 32 bits; None for anything else."""
    text = text.strip()
    if not text.isdecimal() or not text.isascii():
        return None
    return min(int(text), 2**32 - 1) if len(text) < 20 else 2**32 - 1


def contact_value(uri: str, expires_s: int, q: float, instance_id: str, reg_id: int) -> str:
    """A binding as a 200 lists it."""
    value = f"<{uri}>;expires={expires_s}"
    if q != 1.0:
        value += f";q={q:.3g}"
    if instance_id:
        value += f';+sip.instance="{instance_id}"'
        if reg_id:
            value += f";reg-id={reg_id}"
    return value


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and text.isascii() and len(text) < 10 else 0


def _quoted(text: str) -> tuple[str, str]:
    """A quoted string at the start of *text*, escapes undone, and what follows it."""
    index = text.find('"', 1)
    if index > 0 and "\\" not in text[:index]:
        return text[1:index], text[index + 1 :]
    out: list[str] = []
    index, end = 1, len(text)
    while index < end:
        letter = text[index]
        if letter == '"':
            return "".join(out), text[index + 1 :]
        if letter == "\\":
            index += 1
            letter = text[index : index + 1]
        out.append(letter)
        index += 1
    raise RegistrationRefused("Contact Without Closing Quote")


def _params(text: str) -> dict[str, str]:
    """Header parameters; a semicolon inside quotes separates nothing."""
    found: dict[str, str] = {}
    rest = text
    while rest:
        head, _, after = rest.partition(";")
        name, _, value = head.partition("=")
        value = value.strip()
        if value.startswith('"'):
            value, after = _quoted(rest.partition("=")[2].lstrip())
            _, _, after = after.partition(";")
        name = name.strip()
        if name:
            found[name.lower()] = value
        rest = after
    return found
