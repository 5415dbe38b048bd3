"""The sandbox's one door: a request goes in, a response comes out, and the journal knows."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from drd.sandbox.admission import admit, needed_regions
from drd.sandbox.call import Call
from drd.sandbox.cloud_metadata import METADATA_ENDPOINTS, cloud_metadata
from drd.sandbox.content import content_of
from drd.sandbox.control import CONTROL_PREFIX, control
from drd.sandbox.errors import ArmError
from drd.sandbox.faults import Asked, Strike, named
from drd.sandbox.identities import TOKEN_PATHS
from drd.sandbox.journal import Entry
from drd.sandbox.router import Route, Router
from drd.sandbox.striking import Struck, strike_bearer, strike_call, strike_region, strike_token
from drd.sandbox.wire import JsonObject, Request, Response
from drd.sandbox.world import World


@dataclass(slots=True, kw_only=True)
class _Record:
    """What is known of a request by the time that it is journaled."""

    at: datetime
    host_at: datetime
    operation: str = ""
    api_version: str = ""
    identity: str = ""
    code: str = ""
    strikes: list[Strike] = field(default_factory=list)
    effects: list[JsonObject] = field(default_factory=list)
    remaining: dict[str, str] = field(default_factory=dict)


class Sandbox:
    """An Azure Resource Manager over one world."""

    def __init__(self, world: World, routes: Iterable[Route]) -> None:
        """Take the world and the routes of all providers."""
        self.world = world
        self._router = Router(routes)
        world.inner.door = self.answer_inside

    async def handle(self, request: Request) -> Response:
        """Answer one request; nothing waits in here, the world's time passes outside."""
        return self.answer(request)

    def answer(self, request: Request) -> Response:
        """Answer one request without an event loop."""
        clock, recording, before = self.world.clock, self.world.recording, self.world.agenda.settled
        now, held = self.world.settle(), clock.held
        host_at = self.world.host()
        clock.held = now
        try:
            is_control = request.path.startswith(CONTROL_PREFIX)
            if not is_control or request.method != "GET":
                recording.request(request, at=now, settled=before or now, host_at=host_at)
            if is_control:
                return _refusing(lambda: control(self.world, request))
            return self._answer(request, now, host_at)
        finally:
            clock.held = held

    def _answer(self, request: Request, now: datetime, host_at: datetime) -> Response:
        record = _Record(at=now, host_at=host_at, api_version=request.query.get("api-version", ""))
        try:
            response = self._dispatch(request, record)
        except ArmError as refusal:
            record.code = refusal.code
            response = refusal.response()
        self._journal(request, response, record)
        response = _hurried(response, self.world.profile.hurry)
        return _with_headers(request, response, self.world.journal.next_number, record.remaining)

    def answer_inside(self, request: Request, *, identity: str, at: datetime) -> Response:
        """Answer a request that Azure sends to itself, at an instant; what falls due by then is not applied here."""
        record = _Record(at=at, host_at=self.world.host(), api_version=request.query.get("api-version", ""))
        record.identity = identity
        try:
            response = self._serve_found(request, record, settles=False)
        except ArmError as refusal:
            record.code = refusal.code
            response = refusal.response()
        self._journal(request, response, record)
        return response

    def _dispatch(self, request: Request, record: _Record) -> Response:
        if request.path.lower() in TOKEN_PATHS:
            record.operation = "token"
            struck = strike_token(self.world, request, record.at, strikes=record.strikes)
            if struck is not None:
                return _spoiled(struck, record)
            record.identity, response = self.world.identities.give(request)
            return response
        if request.path.lower() == METADATA_ENDPOINTS:
            record.operation = "metadata"
            return cloud_metadata(request)
        record.identity = self.world.identities.whose(request)
        struck = strike_bearer(self.world, request, record.identity, record.at, strikes=record.strikes)
        if struck is not None:
            return _spoiled(struck, record)
        return self._serve_found(request, record, settles=True)

    def _serve_found(self, request: Request, record: _Record, *, settles: bool) -> Response:
        route, params, version = self._router.find(request)
        record.operation = route.operation
        call = Call(
            world=self.world,
            request=request,
            params=params,
            query=request.query,
            api_version=version,
            identity=record.identity,
            now=record.at,
            body=content_of(request),
            effects=record.effects,
            remaining=record.remaining,
        )
        return self._serve(call, route, record, settles=settles)

    def _serve(self, call: Call, route: Route, record: _Record, *, settles: bool) -> Response:
        admit(call, route)
        asked = Asked(
            at=call.now,
            method=call.request.method,
            path=call.request.path,
            operation=route.operation,
            identity=call.identity,
            regions=tuple(needed_regions(call, route)),
            # Only what Azure sends to itself leaves it to its sender to let the world settle.
            inside=not settles,
        )
        with self.world.faults.answering(asked, record.strikes):
            struck = strike_region(self.world, asked) or strike_call(self.world, asked)
            if struck is not None and not struck.after_accepting:
                return _spoiled(struck, record)
            response = route.handler(call)
        if settles:
            self.world.settle()
        return response if struck is None else _spoiled(struck, record, response)

    def _journal(self, request: Request, response: Response, record: _Record) -> None:
        journal = self.world.journal
        journal.append(
            Entry(
                number=journal.next_number,
                at=record.at,
                host_at=record.host_at,
                method=request.method,
                path=request.path,
                operation=record.operation,
                api_version=record.api_version,
                identity=record.identity,
                client_request_id=request.headers.get("x-ms-client-request-id", ""),
                correlation_id=request.headers.get("x-ms-correlation-request-id", ""),
                body_sha256=hashlib.sha256(request.body).hexdigest(),
                status=response.status,
                code=record.code,
                fault=bool(record.strikes),
                strikes=named(record.strikes),
                effects=tuple(record.effects),
            )
        )


def _spoiled(struck: Struck, record: _Record, response: Response | None = None) -> Response:
    record.code = struck.code
    return struck.spoil(response)


def _hurried(response: Response, hurry: float) -> Response:
    """Let an operation that ends sooner than recorded be asked about sooner; what is refused waits as long as ever."""
    asked = response.headers.get("retry-after", "")
    if hurry == 1 or response.status >= HTTPStatus.BAD_REQUEST or not asked.replace(".", "", 1).isdecimal():
        return response
    sooner = max(1, round(float(asked) / hurry))
    return replace(response, headers={**response.headers, "retry-after": str(sooner)})


def _refusing(work: Callable[[], Response]) -> Response:
    try:
        return work()
    except ArmError as refusal:
        return refusal.response()


def _with_headers(request: Request, response: Response, number: int, remaining: Mapping[str, str]) -> Response:
    headers = {
        **remaining,
        "x-ms-request-id": f"sandbox-{number:08d}",
        "x-ms-correlation-request-id": request.headers.get("x-ms-correlation-request-id", f"sandbox-{number:08d}"),
        "cache-control": "no-cache",
        **response.headers,
    }
    if "x-ms-client-request-id" in request.headers:
        headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
    return replace(response, headers=headers)
