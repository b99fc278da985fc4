"""A client's digest (RFC 7616), written apart from the product's so that one can judge the other."""

from __future__ import annotations

import hashlib
import re
import secrets


def authorization(challenge: str, *, user: str, password: str, method: str, uri: str, count: int = 1) -> str:
    """The value of (Proxy-)Authorization for a challenge, with qop=auth when it is offered."""
    given = {
        name.lower(): quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', challenge)
    }
    algorithm = given.get("algorithm", "MD5")
    function = hashlib.sha256 if algorithm.upper().startswith("SHA-256") else hashlib.md5

    def digest(*parts: str) -> str:
        return function(":".join(parts).encode()).hexdigest()

    ha1 = digest(user, given["realm"], password)
    ha2 = digest(method, uri)
    fields = [
        f'username="{user}"',
        f'realm="{given["realm"]}"',
        f'nonce="{given["nonce"]}"',
        f'uri="{uri}"',
        f"algorithm={algorithm}",
    ]
    if "opaque" in given:
        fields.append(f'opaque="{given["opaque"]}"')
    if "auth" in given.get("qop", "").split(","):
        cnonce, nc = secrets.token_hex(8), f"{count:08x}"
        response = digest(ha1, given["nonce"], nc, cnonce, "auth", ha2)
        fields += ["qop=auth", f"nc={nc}", f'cnonce="{cnonce}"']
    else:
        response = digest(ha1, given["nonce"], ha2)
    return "Digest " + ", ".join([*fields, f'response="{response}"'])
