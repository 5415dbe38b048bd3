"""The text of a token, in the form of Entra's own: tools take its claims apart to learn tenant and identity.

Nobody checks a signature here: the sandbox knows the tokens that it gave by their whole text.
"""

import json
from base64 import urlsafe_b64encode
from datetime import datetime

_HEADER = {"typ": "JWT", "alg": "RS256", "kid": "sandbox"}


def bearer_text(
    *, number: str, tenant: str, client: str, holder: str, audience: str, begins: datetime, ends: datetime
) -> str:
    """Return a token.

    Args:
        number: makes it unlike every other one.
        tenant: where the identity lives.
        client: the identity's client id.
        holder: the identity's object id.
        audience: what it may be shown to.
        begins: from when it counts, in host time.
        ends: until when it counts, in host time.
    """
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": int(begins.timestamp()),
        "nbf": int(begins.timestamp()),
        "exp": int(ends.timestamp()),
        "appid": client,
        "idtyp": "app",
        "oid": holder,
        "sub": holder,
        "tid": tenant,
        "uti": number,
        "ver": "1.0",
    }
    return ".".join(_part(json.dumps(one, separators=(",", ":"))) for one in (_HEADER, claims, f"sandbox {number}"))


def _part(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
