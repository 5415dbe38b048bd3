"""Who calls: managed identities, and the tokens that the sandbox gave them.

Tokens are for people's time: they expire by the host's clock, however fast the world's runs.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from drd.sandbox.bearer import bearer_text
from drd.sandbox.errors import ArmError
from drd.sandbox.wire import JsonObject, Request, Response, answer

TOKEN_PATH = "/msi/token"  # noqa: S105 - a path, not a secret
METADATA_PATH = "/metadata/identity/oauth2/token"
"""Where a virtual machine asks, in the form of the Instance Metadata Service."""

TOKEN_PATHS = frozenset({TOKEN_PATH, METADATA_PATH})
TENANT = "00000000-0000-0000-0000-00000000e001"
"""The one tenant of the sandbox."""

OWNER_IDENTITY = "sandbox-owner"
"""The identity of tests and people, which may do everything."""

DEFAULT = "drd-standing"
"""Who speaks where no identity is named: the one that the sample's host carries."""

_TOKEN_LIFE = timedelta(hours=24)
_AUDIENCES = ("https://management.core.windows.net", "https://management.azure.com")
_DATE = "%m/%d/%Y %I:%M:%S %p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A managed identity: its name here, the client id that callers ask for, the object id that roles are held by."""

    name: str
    client_id: str
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    identity: str
    audience: str
    expires_at: datetime
    revoked: bool = False


class Identities:
    """Gives tokens in the forms of an App Service and of a virtual machine, and knows whose a token is."""

    def __init__(self, *, header: str, new_id: Callable[[], str], host: Callable[[], datetime]) -> None:
        """Take the secret that callers must send as `X-IDENTITY-HEADER`, a source of ids, and host time."""
        self.header = header
        self._new_id = new_id
        self._host = host
        self._tokens: dict[str, _Token] = {}
        self._foreign: set[str] = set()
        self._drawn = 0
        self.drawn_before = 0
        """How many tokens had been given to requests that are on record no more."""
        self._known: dict[str, Identity] = {}
        self.register(
            Identity(
                name=OWNER_IDENTITY,
                client_id="00000000-0000-0000-0000-0000000000a0",
                object_id="00000000-0000-0000-0000-0000000000b0",
            )
        )

    @property
    def known(self) -> Mapping[str, Identity]:
        """Return the identities by name."""
        return MappingProxyType(self._known)

    def register(self, identity: Identity) -> None:
        """Add an identity, or replace the one of its name."""
        self._known[identity.name] = identity

    def of_object(self, object_id: str) -> Identity | None:
        """Return the identity with an object id, or None."""
        wanted = object_id.casefold()
        return next((one for one in self._known.values() if one.object_id.casefold() == wanted), None)

    def give(self, request: Request) -> tuple[str, Response]:
        """Return the identity's name and the answer with its token; tokens live 24 hours of host time.

        Raises:
            ArmError: 401 a wrong header, 400 an unknown identity or a missing resource, in App Service's form.
        """
        if request.path.lower() == METADATA_PATH:
            return self._give_as_metadata(request)
        if request.headers.get("x-identity-header") != self.header:
            raise ArmError(401, "Unauthorized", "The X-IDENTITY-HEADER is missing or wrong.")
        if not request.query.get("resource"):
            raise ArmError(400, "BadRequest", "The query parameter 'resource' is missing.")
        asked = _asked(request) or DEFAULT
        identity = self._find(asked)
        if identity is None:
            raise ArmError(400, "BadRequest", f"No managed identity was found for client id '{asked}'.")
        return identity.name, answer(200, self._grant(identity, request))

    def token_for(self, name: str, *, audience: str = _AUDIENCES[1], life: timedelta = _TOKEN_LIFE) -> str:
        """Return a new token for an identity, for callers in the same process."""
        number = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {len(self._tokens)}"))
        token = self._issue(name, number=number, audience=audience, life=life)
        self._foreign.add(token)
        return token

    def keep_all(self) -> None:
        """Let the tokens given so far outlive the record of the requests that asked for them."""
        self._foreign.update(self._tokens)
        self.drawn_before = self._drawn

    def foreign(self) -> list[JsonObject]:
        """Return, for a snapshot, the tokens that no recorded request asked for."""
        return [
            {"token": text, "identity": one.identity, "audience": one.audience, "expires": one.expires_at.isoformat()}
            for text, one in self._tokens.items()
            if text in self._foreign
        ]

    def adopt(self, rows: Iterable[JsonObject], *, drawn: int) -> None:
        """Take tokens over from a snapshot; `drawn` is how many its requests had asked for before it was begun."""
        for row in rows:
            self._tokens[row["token"]] = _Token(
                identity=row["identity"], audience=row["audience"], expires_at=datetime.fromisoformat(row["expires"])
            )
            self._foreign.add(row["token"])
        for _ in range(drawn):
            self._new_id()
        self._drawn = self.drawn_before = drawn

    def expire(self, name: str = "") -> int:
        """Let the tokens given so far expire now, of one identity or of all; return how many."""
        now = self._host()
        return self._change(name, lambda token: replace(token, expires_at=now))

    def revoke(self, name: str = "") -> int:
        """Revoke the tokens given so far, of one identity or of all, and return how many; new ones are good."""
        return self._change(name, lambda token: replace(token, revoked=True))

    @property
    def given(self) -> int:
        """Return how many tokens were given so far."""
        return len(self._tokens)

    def ordinal(self, request: Request) -> int:
        """Return the place of the caller's token among all that were given, from 1; 0 for one that was not."""
        text = request.headers.get("authorization", "").partition(" ")[2]
        return next((place for place, token in enumerate(self._tokens, 1) if token == text), 0)

    def asked_for(self, request: Request) -> str:
        """Return the name of the identity that a request for a token means, the text as sent when it is unknown."""
        asked = _asked(request) or DEFAULT
        identity = self._find(asked)
        return identity.name if identity is not None else asked

    def whose(self, request: Request) -> str:
        """Return the name of the caller's identity.

        Raises:
            ArmError: 401, the bearer token is missing, unknown, expired, revoked or for another audience.
        """
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not text:
            reason = "The authentication failed because of missing 'Authorization' header."
            raise _refused(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", reason
            )
        token = self._tokens.get(text)
        if token is None:
            raise _refused("InvalidAuthenticationToken", "The access token is invalid.", "The access token is invalid.")
        if token.revoked:
            message = "The access token is no longer valid: it was issued before its identity's tokens were revoked."
            raise _refused("InvalidAuthenticationToken", message, "The access token has been revoked.")
        _check_age(token, self._host())
        if token.audience not in _AUDIENCES and token.audience != request.base:
            allowed = ",".join(f"'{one}/','{one}'" for one in _AUDIENCES)
            message = (
                f"The access token has been obtained for wrong audience or resource '{token.audience}'. "
                f"It should exactly match with one of the allowed audiences {allowed}."
            )
            raise _refused("InvalidAuthenticationTokenAudience", message, "The audience is invalid.")
        return token.identity

    def _give_as_metadata(self, request: Request) -> tuple[str, Response]:
        if request.headers.get("metadata", "").lower() != "true":
            return "", _metadata_refusal("bad_request_102", "Required metadata header not specified")
        if not request.query.get("api-version"):
            return "", _metadata_refusal("invalid_request", "Required query variable 'api-version' is missing")
        if not request.query.get("resource"):
            return "", _metadata_refusal("invalid_request", "Required query variable 'resource' is missing")
        identity = self._find(_asked(request) or DEFAULT)
        if identity is None:
            return "", _metadata_refusal("invalid_request", "Identity not found")
        body = self._grant(identity, request)
        seconds = str(int(_TOKEN_LIFE.total_seconds()))
        begins = str(int(self._host().timestamp()))
        return identity.name, answer(
            200, {**body, "expires_in": seconds, "ext_expires_in": seconds, "not_before": begins}
        )

    def _grant(self, identity: Identity, request: Request) -> JsonObject:
        resource = request.query["resource"]
        self._drawn += 1
        token = self._issue(identity.name, number=self._new_id(), audience=resource.rstrip("/"), life=_TOKEN_LIFE)
        return {
            "access_token": token,
            "expires_on": str(int((self._host() + _TOKEN_LIFE).timestamp())),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": identity.client_id,
        }

    def _issue(self, name: str, *, number: str, audience: str, life: timedelta) -> str:
        begins = self._host()
        identity = self._known.get(name)
        text = bearer_text(
            number=number,
            tenant=TENANT,
            client=identity.client_id if identity else name,
            holder=identity.object_id if identity else name,
            audience=audience,
            begins=begins,
            ends=begins + life,
        )
        self._tokens[text] = _Token(identity=name, audience=audience, expires_at=begins + life)
        return text

    def _find(self, asked: str) -> Identity | None:
        wanted = asked.casefold()
        return next(
            (one for one in self._known.values() if wanted in {one.name.casefold(), one.client_id, one.object_id}), None
        )

    def _change(self, name: str, change: Callable[[_Token], _Token]) -> int:
        meant = [text for text, one in self._tokens.items() if not name or one.identity == name]
        for text in meant:
            self._tokens[text] = change(self._tokens[text])
        return len(meant)


def _check_age(token: _Token, now: datetime) -> None:
    if token.expires_at <= now:
        message = (
            f"The access token expiry UTC time '{token.expires_at.strftime(_DATE)}' is earlier than current UTC time "
            f"'{now.strftime(_DATE)}'."
        )
        raise _refused("ExpiredAuthenticationToken", message, "The access token has expired.")


def _asked(request: Request) -> str:
    query = request.query
    return query.get("client_id") or query.get("clientid") or query.get("object_id") or query.get("principal_id") or ""


def _metadata_refusal(code: str, description: str) -> Response:
    return answer(400, {"error": code, "error_description": description})


def _refused(code: str, message: str, reason: str) -> ArmError:
    challenge = (
        f'Bearer authorization_uri="https://login.windows.net/{TENANT}", error="invalid_token", '
        f'error_description="{reason}"'
    )
    return ArmError(401, code, message, headers={"www-authenticate": challenge})
