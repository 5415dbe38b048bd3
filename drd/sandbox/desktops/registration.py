"""Registration tokens: what lets an agent bring its machine into a host pool. A secret, and short-lived."""

from datetime import UTC, datetime, timedelta

from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.desktops.answers import activity, desktop_error, ticks_text
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=27)
"""A token lives at least an hour and at most 27 days: documented."""

_SLACK = timedelta(minutes=1)
UPDATE, DELETE, NONE = "Update", "Delete", "None"


def ordered_registration(call: Call, pool: Resource) -> Resource:
    """Return the pool after the `registrationInfo` of a body: a new token, none any more, or as it was.

    Raises:
        ArmError: 400, the expiry is missing, too near or too far, or the operation is unknown.
    """
    asked = object_at(call.body, "properties", "registrationInfo")
    verb = text_at(asked, "registrationTokenOperation") or NONE
    if verb == NONE:
        return pool
    if verb == DELETE:
        return pool.with_hidden(token="", token_expires=None)
    if verb != UPDATE:
        raise desktop_error(400, f"Unknown registrationTokenOperation '{verb}'.", of=activity(call))
    expires = _expiry(call, text_at(asked, "expirationTime"))
    return pool.with_hidden(token=f"{call.world.new_id()}.{call.world.new_id()}", token_expires=expires)


def registration_info(pool: Resource, *, now: datetime, shows_token: bool) -> JsonObject:
    """Return a pool's registration as the wire shows it; the token only when it was asked for by its own address."""
    expires = _valid_until(pool, now)
    return {
        "expirationTime": ticks_text(expires) if expires else None,
        "token": pool.hidden["token"] if expires and shows_token else None,
        "registrationTokenOperation": NONE,
    }


def tokens(pool: Resource, now: datetime) -> list[JsonObject]:
    """Return the tokens of a pool that are still good: one or none."""
    expires = _valid_until(pool, now)
    return [{"expirationTime": ticks_text(expires), "token": pool.hidden["token"]}] if expires else []


def pool_of_token(world: World, token: str, *, kind: str, at: datetime) -> Resource | None:
    """Return the pool that a token opens, or None: nobody's, or expired."""
    for pool in world.store.each(kind):
        if token and pool.hidden.get("token") == token and _valid_until(pool, at) is not None:
            return pool
    return None


def _valid_until(pool: Resource, now: datetime) -> datetime | None:
    expires = pool.hidden.get("token_expires")
    return expires if isinstance(expires, datetime) and expires > now else None


def _expiry(call: Call, text: str) -> datetime:
    try:
        expires = datetime.fromisoformat(text)
    except ValueError as error:
        raise desktop_error(400, f"The expiration time '{text}' is not valid.", of=activity(call)) from error
    aware = expires if expires.tzinfo else expires.replace(tzinfo=UTC)
    if not SHORTEST - _SLACK <= aware - call.now <= LONGEST + _SLACK:
        raise desktop_error(
            400, "ExpirationTime must be between one hour and 27 days from the current time.", of=activity(call)
        )
    return aware
