"""Where faults strike a request on its way in: at the token endpoint, by its bearer token, by its region, as a call."""

import base64
import json
from dataclasses import dataclass, replace
from datetime import datetime

from drd.sandbox.faults import Asked, Fault, Strike
from drd.sandbox.faults.kinds import BEARER, CALL, TOKEN
from drd.sandbox.identities import METADATA_PATH
from drd.sandbox.regions import unavailable
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import World

_SILENT = 504
"""The status in the journal for a caller that got no answer."""

_AUTHORITY = "https://login.microsoftonline.com/common"
_SAID = {
    "token-expired": "The access token expiry UTC time is earlier than current UTC time '{now}'.",
    "token-revoked": "The access token has been revoked. Sign in again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What comes instead of, or after, an answer.

    Attributes:
        response: what the caller gets; None: its own answer, late.
        late: seconds of host time by which it comes late.
    """

    code: str
    response: Response | None
    after_accepting: bool = False
    late: float = 0.0

    def spoil(self, response: Response | None) -> Response:
        """Return what the caller gets in the place of an answer."""
        given = self.response or response or Response(status=_SILENT)
        return replace(given, delay_seconds=given.delay_seconds + self.late) if self.late else given


def strike_token(world: World, request: Request, at: datetime, *, strikes: list[Strike]) -> Struck | None:
    """Return what strikes a request for a token, or None; `strikes` is told."""
    faults, identities = world.faults, world.identities
    if faults.is_idle:
        return None
    faults.mark_tokens(identities.given, at)
    asked = Asked(
        at=at,
        method=request.method,
        path=request.path,
        operation="token",
        identity=identities.asked_for(request),
    )
    with faults.answering(asked, strikes):
        fault = faults.strike(asked, lambda one: one.what.moment == TOKEN)
    if fault is None:
        return None
    said = fault.message or "The managed identity service is unavailable."
    body: JsonObject = {"statusCode": fault.status, "message": said}
    if request.path.lower() == METADATA_PATH:
        body = {"error": "server_error", "error_description": said}
    return Struck(code=fault.code, response=_silence(fault.mode) or answer(fault.status, body))


def strike_bearer(
    world: World, request: Request, identity: str, at: datetime, *, strikes: list[Strike]
) -> Struck | None:
    """Return by what a known token is refused, or None; `strikes` is told."""
    faults, identities = world.faults, world.identities
    if faults.is_idle:
        return None
    faults.mark_tokens(identities.given, at)
    token = identities.ordinal(request)
    asked = Asked(at=at, method=request.method, path=request.path, identity=identity, token=token)
    with faults.answering(asked, strikes):
        fault = faults.strike(asked, lambda one: one.what.moment == BEARER)
    if fault is None:
        return None
    said = fault.message or _SAID[fault.kind].format(now=f"{at:%m/%d/%Y %I:%M:%S %p}")
    body = {"error": {"code": fault.code, "message": said}}
    return Struck(
        code=fault.code, response=answer(fault.status, body, {"www-authenticate": _challenge(fault, said, at)})
    )


def _challenge(fault: Fault, said: str, at: datetime) -> str:
    """Say what token is wanted instead: after a revocation one that is newer than now, which the claims say."""
    if fault.kind != "token-revoked":
        return f'Bearer authorization_uri="{_AUTHORITY}", error="invalid_token", error_description="{said}"'
    claims = {"access_token": {"nbf": {"essential": True, "value": str(int(at.timestamp()))}}}
    encoded = base64.b64encode(json.dumps(claims).encode()).decode()
    return (
        f'Bearer realm="", authorization_uri="{_AUTHORITY}/oauth2/authorize", error="insufficient_claims", '
        f'claims="{encoded}"'
    )


def strike_region(world: World, asked: Asked) -> Struck | None:
    """Return the silence of a lost region that a call needs, None when all are up.

    Raises:
        ArmError: 503, the region is lost in the mode that answers so.
    """
    loss = next(
        (found for region in asked.regions if (found := world.regions.loss(region, asked.at or world.now()))), None
    )
    if loss is None:
        return None
    world.faults.struck_by(loss.fault, asked)
    silent = _silence(loss.mode)
    if silent is None:
        raise unavailable(loss.region)
    return Struck(code=loss.mode.capitalize(), response=silent)


def strike_call(world: World, asked: Asked) -> Struck | None:
    """Return what strikes an admitted call, or None."""
    faults = world.faults
    if faults.is_idle:
        return None
    slow = faults.strike(asked, lambda one: one.kind == "slow")
    late = slow.seconds / _speed(world) if slow is not None else 0.0
    fault = faults.strike(asked, lambda one: one.what.moment == CALL and one.kind != "slow")
    if fault is not None:
        return Struck(code=fault.code, response=fault.response(), after_accepting=fault.after_accepting, late=late)
    return Struck(code="", response=None, after_accepting=True, late=late) if slow is not None else None


def _speed(world: World) -> float:
    """Return how many seconds of the world pass in one of the host's, 1 for a clock that does not say."""
    return float(getattr(world.clock, "speed", 1.0)) or 1.0


def _silence(mode: str) -> Response | None:
    """Return the answer that is none: never, or a reset connection; None for a mode that answers."""
    if mode == "hang":
        return Response(status=_SILENT, hang=True)
    return Response(status=_SILENT, reset=True) if mode == "refused" else None
