"""Who calls: managed identities and the tokens that the sandbox gave them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from drd.sandbox.errors import ArmError
from drd.sandbox.wire import JsonObject, Request, Response, answer

TOKEN_PATH = "/msi/token"  # noqa: S105 - a path, not a secret
_TOKEN_LIFE = timedelta(hours=24)

KNOWN: Mapping[str, str] = {
    "drd-standing": "00000000-0000-0000-0000-0000000000a1",
    "drd-failover": "00000000-0000-0000-0000-0000000000a2",
    "drd-reaper": "00000000-0000-0000-0000-0000000000a3",
}
"""The sample installation's identities: name and client id. Either may be asked for as `client_id`."""

DEFAULT = "drd-standing"


class Identities:
    """Gives tokens in the form of an App Service's managed identity, and knows whose a token is."""

    def __init__(self, *, header: str, new_id: Callable[[], str], host: Callable[[], datetime]) -> None:
        """Take the secret that callers must send as `X-IDENTITY-HEADER`, a source of ids, and host time."""
        self.header = header
        self._new_id = new_id
        self._host = host
        self._tokens: dict[str, str] = {}

    def give(self, request: Request) -> tuple[str, Response]:
        """Return the identity's name and the answer with its token; tokens live 24 hours of host time.

        Raises:
            ArmError: 401 a wrong header, 400 an unknown identity or a missing resource.
        """
        if request.headers.get("x-identity-header") != self.header:
            raise ArmError(401, "Unauthorized", "The X-IDENTITY-HEADER is missing or wrong.")
        if not request.query.get("resource"):
            raise ArmError(400, "BadRequest", "The query parameter 'resource' is missing.")
        name = _name_of(request.query.get("client_id") or request.query.get("clientid") or DEFAULT)
        token = self.token_for(name)
        expires = int((self._host() + _TOKEN_LIFE).timestamp())
        body: JsonObject = {
            "access_token": token,
            "expires_on": str(expires),
            "resource": request.query["resource"],
            "token_type": "Bearer",
            "client_id": KNOWN.get(name, name),
        }
        return name, answer(200, body)

    def token_for(self, name: str) -> str:
        """Return a new token for an identity, for callers in the same process."""
        token = f"sandbox-{self._new_id()}"
        self._tokens[token] = name
        return token

    def whose(self, request: Request) -> str:
        """Return the name of the caller's identity.

        Raises:
            ArmError: 401, the bearer token is missing or unknown.
        """
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise ArmError(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        name = self._tokens.get(token)
        if name is None:
            raise ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.")
        return name


def _name_of(asked: str) -> str:
    for name, client_id in KNOWN.items():
        if asked.lower() in {name, client_id}:
            return name
    raise ArmError(400, "BadRequest", f"No managed identity was found for client id '{asked}'.")
