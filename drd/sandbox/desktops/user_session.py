"""User sessions: who is on which host. Listed, spoken to, disconnected and logged off here."""

import re
from collections.abc import Mapping
from datetime import datetime

from drd.sandbox.body import text_at
from drd.sandbox.call import Call
from drd.sandbox.desktops.answers import (
    GROUP_SCOPE,
    PROVIDER,
    VERSIONS,
    activity,
    desktop_error,
    is_true,
    kept,
    nested_wire,
    ticks_text,
    windowed,
)
from drd.sandbox.desktops.session_host import SESSION_TYPE, require_host, sessions_of
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

ACTIVE, DISCONNECTED = "Active", "Disconnected"
_TERM = re.compile(r"^\s*(userPrincipalName|sessionState|state)\s+eq\s+'((?:[^']|'')*)'\s*$", re.IGNORECASE)
_MEMBERS = {"userprincipalname": "userPrincipalName", "sessionstate": "sessionState", "state": "sessionState"}


def build_session(*, host: Resource, user: str, object_id: str, number: int, since: datetime) -> Resource:
    """Return the session of a user on a host; numbers count up per host, as Windows counts them."""
    name, _, domain = user.partition("@")
    return Resource(
        id=f"{host.id}/usersessions/{number}",
        type=SESSION_TYPE,
        location=host.location,
        properties={
            "objectId": object_id,
            "userPrincipalName": user,
            "applicationType": "Desktop",
            "sessionState": ACTIVE,
            "activeDirectoryUserName": f"{domain.partition('.')[0].upper()}\\{name}",
            "createTime": ticks_text(since),
        },
    )


def next_number(world: World, host: Resource) -> int:
    """Return the number of the next session on a host."""
    return max((int(one.name) for one in sessions_of(world, host)), default=1) + 1


def list_pool(call: Call) -> Response:
    """List a pool's sessions, narrowed by `$filter` on the user or the state."""
    pool = call.world.store.require(call.arm_id(drop=1))
    wanted = _filter(call)
    found = [
        _wire(one)
        for one in sessions_of(call.world, pool)
        if all(str(one.properties[name]).casefold() == value.casefold() for name, value in wanted.items())
    ]
    return windowed(call, found)


def list_host(call: Call) -> Response:
    """List a host's sessions."""
    host = require_host(call, call.arm_id(drop=1))
    return windowed(call, [_wire(one) for one in sessions_of(call.world, host)])


def get(call: Call) -> Response:
    """Answer a session."""
    return answer(200, _wire(_require(call, call.arm_id())))


def disconnect(call: Call) -> Response:
    """Disconnect a session: its programs stay open."""
    session = _require(call, call.arm_id(drop=1))
    kept(call, session.with_properties(sessionState=DISCONNECTED))
    call.effect("usersession.disconnect", id=session.id)
    return answer(200)


def send_message(call: Call) -> Response:
    """Show a message in a session."""
    session = _require(call, call.arm_id(drop=1))
    title, text = text_at(call.body, "messageTitle"), text_at(call.body, "messageBody")
    if not title or not text:
        raise desktop_error(400, "MessageTitle and MessageBody are required.", of=activity(call))
    call.effect("usersession.message", id=session.id, title=title)
    return answer(200)


def delete(call: Call) -> Response:
    """Log a session off: at once when forced, else after its programs closed; 204 when there is none."""
    require_host(call, call.arm_id(drop=2))
    session = call.world.store.get(call.arm_id())
    if session is None:
        return answer(204)
    call.effect("usersession.delete", id=session.id, forced=is_true(call, "force"))
    if is_true(call, "force"):
        call.remove(session.id)
        return answer(200)
    kept(call, session.with_properties(sessionState="LogOff"))
    took = call.world.profile.duration("desktop.log-off", session.id)
    call.world.schedule(call.now + took, lambda at: _gone(call, session.id, at), region=session.location)
    return answer(200)


def _gone(call: Call, session_id: str, at: datetime) -> None:
    call.remove(session_id, at=at)


def _require(call: Call, session_id: str) -> Resource:
    require_host(call, session_id.rsplit("/", 2)[0])
    found = call.world.store.get(session_id)
    if found is None:
        raise desktop_error(404, "User session ID not found", of=activity(call))
    return found


def _filter(call: Call) -> Mapping[str, str]:
    text = call.query.get("$filter", "")
    wanted: dict[str, str] = {}
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE) if text.strip() else []:
        found = _TERM.match(part)
        if found is None:
            raise desktop_error(400, f"The filter '{text}' is not valid.", of=activity(call))
        wanted[_MEMBERS[found.group(1).lower()]] = found.group(2).replace("''", "'")
    return wanted


def _wire(session: Resource) -> JsonObject:
    parts = session.id.split("/")
    return nested_wire(session, name=f"{parts[-5]}/{parts[-3]}/{parts[-1]}")


_POOL = GROUP_SCOPE + "/hostPools/{pool}"
_SESSIONS = _POOL + "/sessionHosts/{host}/userSessions"
_SESSION = _SESSIONS + "/{session}"
_NAME = f"{PROVIDER}/hostpools/sessionhosts/usersessions"

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_POOL + "/userSessions",
        handler=list_pool,
        operation=f"{PROVIDER}/hostpools/usersessions/read",
        versions=VERSIONS,
    ),
    Route(method="GET", template=_SESSIONS, handler=list_host, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="GET", template=_SESSION, handler=get, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="DELETE", template=_SESSION, handler=delete, operation=f"{_NAME}/delete", versions=VERSIONS),
    Route(
        method="POST",
        template=_SESSION + "/disconnect",
        handler=disconnect,
        operation=f"{_NAME}/disconnect/action",
        versions=VERSIONS,
    ),
    Route(
        method="POST",
        template=_SESSION + "/sendMessage",
        handler=send_message,
        operation=f"{_NAME}/sendMessage/action",
        versions=VERSIONS,
    ),
)
