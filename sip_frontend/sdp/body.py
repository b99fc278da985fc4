"""Finding the session description in a message body: by itself, or as a part of multipart/mixed (RFC 5621)."""

from __future__ import annotations

from typing import Final

SDP: Final = "application/sdp"


def find_description(content_type: str, body: bytes) -> bytes | None:
    """The description in *body*, whose Content-Type header has the value *content_type*; None when there is none."""
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    if media_type == SDP:
        return body
    if not media_type.startswith("multipart/"):
        return None
    boundary = _boundary(parameters)
    if not boundary:
        return None
    # The dashes belong to the line before them: its CRLF is part of the delimiter (RFC 2046 section 5.1.1).
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            break
        head, blank, content = part.partition(b"\r\n\r\n")
        if blank and _part_type(head) == SDP:
            return content
    return None


def _boundary(parameters: str) -> bytes:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            return value.strip().strip('"').encode("utf-8", "surrogateescape")
    return b""


def _part_type(head: bytes) -> str:
    """Media type of a part; text/plain when it has no Content-Type (RFC 2046 section 5.2)."""
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() in (b"content-type", b"c"):
            return value.partition(b";")[0].strip().lower().decode("ascii", "replace")
    return "text/plain"
