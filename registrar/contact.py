"""Contact header values of a REGISTER, and those of its 200 (RFC 3261 section 20.10, RFC 5626 section 11.1)."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.errors import RegistrationRefused


@dataclass(frozen=True, slots=True)
class Contact:
    """One Contact value. Parameter names are in lower case, quotes are gone."""

    uri: str
    display: str
    params: dict[str, str]

    @classmethod
    def parse(cls, value: str) -> Contact:
        """Read *value*, one element of the header.

        Raises:
            RegistrationRefused: 400.
        """
        text = value.strip()
        display = ""
        if text.startswith('"'):
            display, text = _quoted(text)
        before, bracket, after = text.partition("<")
        if bracket:
            display = display or before.strip()
            uri, closing, rest = after.partition(">")
            if not closing:
                raise RegistrationRefused("Contact without closing bracket")
        else:
            # Without brackets what follows the first semicolon belongs to the header, not to the URI.
            uri, _, rest = text.partition(";")
        uri = uri.strip()
        scheme, colon, opaque = uri.partition(":")
        if not colon or not opaque or not scheme.isascii() or not scheme.replace("+", "a").isalnum() or " " in uri:
            raise RegistrationRefused("Contact is no URI")
        return cls(uri, display, _params(rest))

    @property
    def q(self) -> float:
        """Preference from 0 to 1; 1 when it is not told, or told in a way that makes no sense."""
        try:
            found = float(self.params.get("q", "1"))
        except ValueError:
            return 1.0
        return found if 0.0 <= found <= 1.0 else 1.0

    @property
    def instance_id(self) -> str:
        return self.params.get("+sip.instance", "")

    @property
    def reg_id(self) -> int:
        """The flow's number; 0 for none. It means nothing without an instance (RFC 5626 section 6)."""
        text = self.params.get("reg-id", "")
        return int(text) if self.instance_id and text.isdecimal() and text.isascii() and len(text) < 10 else 0


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


def _quoted(text: str) -> tuple[str, str]:
    """A quoted string at the start of *text*, escapes undone, and what follows it."""
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
    raise RegistrationRefused("Contact without closing quote")


def _params(text: str) -> dict[str, str]:
    """Header parameters; a semicolon inside quotes separates nothing."""
    found: dict[str, str] = {}
    rest = text.strip()
    while rest:
        rest = rest.lstrip(" \t;")
        name, equals, after = _until(rest, "=;")
        if equals == "=":
            after = after.lstrip()
            if after.startswith('"'):
                value, rest = _quoted(after)
                _, _, rest = rest.partition(";")
            else:
                value, _, rest = after.partition(";")
        else:
            value, rest = "", after
        if name.strip():
            found[name.strip().lower()] = value.strip()
    return found


def _until(text: str, stops: str) -> tuple[str, str, str]:
    """*text* up to the first of two *stops*, which one it was, and the rest."""
    first, second = text.find(stops[0]), text.find(stops[1])
    if first < 0 or 0 <= second < first:
        first = second
    return (text, "", "") if first < 0 else (text[:first], text[first], text[first + 1 :])
