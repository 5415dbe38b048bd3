"""What every route keeps to: a caller the kernel vouches for, and errors as problem details."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi.routing import APIRoute

from drd.api.authentication import Person
from drd.api.routing import Routes, _actor
from drd.daemon.discovery import routes
from drd.domain.actor import Role
from tests.fakes.exercise import EXERCISE
from tests.fakes.served_house import SECOND, ServedHouse

ROUTES = [route for each in routes(Routes) for route in each.router.routes if isinstance(route, APIRoute)]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedHouse]:
    """Serve a house on a socket of this test."""
    with ServedHouse(tmp_path) as house:
        yield house


def client(served: ServedHouse, **headers: str) -> httpx2.Client:
    """Speak to the house."""
    transport = httpx2.HTTPTransport(uds=str(served.socket))
    return httpx2.Client(transport=transport, base_url="http://drd/api/v1", headers=headers)


def test_there_are_routes() -> None:
    """The list below is not empty by mistake."""
    assert len(ROUTES) >= 12


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_route_asks_who_calls(route: APIRoute) -> None:
    """A route without `Caller` would answer anybody."""
    assert _actor in {each.call for each in route.dependant.dependencies}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_an_unknown_user_is_refused_by_every_route(route: APIRoute, tmp_path: Path) -> None:
    """Before anything is read, and as a problem."""
    with ServedHouse(tmp_path, people=()) as house, client(house) as ask:
        names = {"run": "r-1", "step": "go", "service": "a", "item": "i", "daemon": "d", "record": "1", "schedule": "s"}
        names |= {"vault": "v"}
        path = route.path.replace("{step:path}", "go").format(**names)
        body = {"runbook": "a", "mode": "drill", "request": "pause", "decision": "approve"}
        method = min(route.methods)
        answer = ask.request(method, path, json=_body(path, body) if method == "POST" else None)

    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "forbidden"
    assert "user id" in answer.json()["target"]


def _body(path: str, body: dict[str, str]) -> dict[str, object]:
    if path.startswith("/schedules/"):
        return {"reason": "because"}
    if path == "/evidence/exercises":
        return EXERCISE
    if path == "/evidence/additions":
        return {"drd": "addition/v1", "id": "x", "to": "r-1", "not-tested": ["fax"]}
    if path.startswith("/backups/"):
        return {"item": "vm-bz-sql-1"} if path.endswith("/verify") else {"restores": 1}
    wanted = {"/runs": ("runbook", "mode"), "/plans": ("runbook", "mode")}.get(path)
    names = wanted or (("decision",) if path.startswith("/approvals") else ("request",))
    return {name: body[name] for name in names}


def test_the_kernel_says_who_calls_and_no_header_can(served: ServedHouse) -> None:
    """SO_PEERCRED, not a name that somebody sends."""
    with client(served, **{"X-Forwarded-For": "uid:0", "Forwarded": "for=uid:0"}) as ask:
        actor = ask.get("/daemon").json()["actor"]

    assert actor["name"] == "an"


def test_who_may_acts_as_another(served: ServedHouse) -> None:
    """With the other's roles and contacts, and under their name."""
    with client(served, **{"X-Drd-Act-As": SECOND}) as ask:
        actor = ask.get("/daemon").json()["actor"]

    assert actor == {"name": SECOND, "roles": ["approver"], "contacts": ["crisisteam"]}


def test_nobody_acts_as_whom_the_settings_do_not_name(served: ServedHouse) -> None:
    """A made-up name is refused."""
    with client(served, **{"X-Drd-Act-As": "burgemeester"}) as ask:
        answer = ask.get("/daemon")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_viewer_starts_nothing(tmp_path: Path) -> None:
    """Seeing and starting are two roles."""
    viewer = Person(name="kijker", uid=os.getuid(), roles=frozenset({Role.VIEWER}))
    with ServedHouse(tmp_path, people=(viewer,)) as house, client(house) as ask:
        seen = ask.get("/services")
        started = ask.post("/runs", json={"runbook": "oefening", "mode": "drill"})
        runs = ask.get("/runs").json()

    assert (seen.status_code, started.status_code, runs) == (200, 403, [])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/runs/r-nope", None, 404, "not-found"),
        ("GET", "/nowhere", None, 404, "not-found"),
        ("GET", "/services/nope", None, 404, "not-found"),
        ("GET", "/runs?newest=many", None, 422, "invalid"),
        ("POST", "/plans", {"runbook": "burgerzaken", "mode": "drill"}, 422, "invalid"),
        ("POST", "/plans", {"runbook": "burgerzaken", "mode": "sideways"}, 422, "invalid"),
        ("POST", "/runs", {"runbook": "burgerzaken", "mode": "failover"}, 409, "not-confirmed"),
        ("POST", "/runs", {"runbook": "burgerzaken", "mode": "failover", "colour": "red"}, 422, "invalid"),
        ("POST", "/approvals/r-nope/go", {"decision": "approve"}, 404, "not-found"),
    ],
)
def test_every_error_is_a_problem(
    served: ServedHouse, method: str, path: str, body: dict[str, str] | None, *, status: int, code: str
) -> None:
    """RFC 9457, with a stable code; nothing was started."""
    with client(served) as ask:
        answer = ask.request(method, path, json=body)
        runs = ask.get("/runs").json()

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"]
    assert runs == []


def test_a_defect_tells_nothing_of_the_inside(served: ServedHouse) -> None:
    """The log has the details, the caller has a problem, and the id under which the log has it."""
    served.shelf.plans["oefening"] = None  # type: ignore[assignment]  # a defect on purpose
    with client(served) as ask:
        sound = [ask.get("/runs", headers={"x-request-id": "mine"}).headers["x-request-id"] for _ in range(2)]
        answer = ask.get("/runbooks")
    (named,) = re.findall("under the request ([0-9a-f]{16})$", answer.json()["hint"])

    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    assert "NoneType" not in answer.text
    assert len({*sound, named, "mine"}) == 4


def test_a_run_is_followed_until_it_is_over(served: ServedHouse) -> None:
    """One event a line, each once, the last one says how it ended."""
    with client(served) as ask:
        run = ask.post("/runs", json={"runbook": "oefening", "mode": "drill"}).json()["id"]
        with ask.stream("GET", f"/runs/{run}/follow") as stream:
            lines = list(stream.iter_lines())
        shown = ask.get(f"/runs/{run}").json()
        events = ask.get(f"/runs/{run}/events").json()

    assert len(lines) == len(events)
    assert '"run.finished"' in lines[-1]
    assert shown["run"]["state"] == "succeeded"
    assert shown["figures"]["met"] is True


def test_points_are_newest_first_and_unknown_is_null(served: ServedHouse) -> None:
    """What was never seen is null, not zero."""
    with client(served) as ask:
        before = ask.get("/items/vm-bz-sql-1/points").json()
        served.see_points(age=timedelta(minutes=5))
        after = ask.get("/items/vm-bz-sql-1/points").json()

    assert (before["item"]["point_age_seconds"], before["item"]["stale"]) == (None, True)
    assert (after["item"]["point_age_seconds"], after["item"]["stale"]) == (300, False)


def test_the_description_of_the_api_can_be_made(tmp_path: Path) -> None:
    """Every shape can be described; the description holds every route."""
    with ServedHouse(tmp_path) as house, client(house) as ask:
        paths = ask.get("http://drd/openapi.json").json()["paths"]

    assert len(paths) == len({route.path for route in ROUTES})
