"""Speaks to the daemon over its Unix socket, in the shapes of `drd.api.wire`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import TypeAdapter, ValidationError

from drd.api.wire.approvals import AnswerBody, ApprovalShape
from drd.api.wire.daemon import DaemonShape
from drd.api.wire.estate import ItemPointsShape, ItemShape, ServiceShape
from drd.api.wire.problem import Problem
from drd.api.wire.runbooks import PlanBody, PlanShape, RunbookShape
from drd.api.wire.runs import AbandonBody, ControlBody, EventShape, RunDetailShape, RunShape, StartBody
from drd.api.wire.shape import Shape
from drd.cli.common import Common
from drd.cli.exits import Exit
from drd.cli.faults import CommandError, usage_error

T = TypeVar("T")

NO_DAEMON = "no-daemon"
"""Code of the problem that nobody answers at the socket."""

_PREFIX = "/api/v1"
_ACT_AS = "X-Drd-Act-As"
_SECONDS = 45.0
"""Longer than a daemon waits for another one with which it left an order."""

_BAD = 400
_START_IT = "start it with `drd serve`, or try everything with `drd dev`; --socket says where it is"


class Connection:
    """Sends and reads; knows no address."""

    def __init__(self, socket: Path, act_as: str, *, seconds: float = _SECONDS) -> None:
        """Take the socket, and how long an answer may take; nothing is sent yet."""
        self._socket = socket
        headers = {_ACT_AS: act_as} if act_as else {}
        self._client = httpx2.Client(
            transport=httpx2.HTTPTransport(uds=str(socket)), base_url="http://drd", headers=headers, timeout=seconds
        )

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def ask(
        self,
        shape: type[T],
        method: str,
        path: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Shape | None = None,
    ) -> T:
        """Ask, and read the answer as a shape. Raises CommandError for everything that goes wrong."""
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        if not self._socket.exists():
            raise self._silent("no daemon answers", _START_IT)
        try:
            answer = self._client.request(
                method, _PREFIX + path, params=wanted, json=body.model_dump(mode="json") if body else None
            )
        except httpx2.TimeoutException as error:
            raise self._silent(
                "the daemon does not answer", "look at its log; the command may have had its effect"
            ) from error
        except httpx2.TransportError as error:
            raise self._silent("no daemon answers", _START_IT) from error
        return self._read(shape, answer)

    def _silent(self, title: str, hint: str) -> CommandError:
        problem = Problem(title=title, status=503, code=NO_DAEMON, target=str(self._socket), hint=hint)
        return CommandError(problem, Exit.FAILURE)

    def _read(self, shape: type[T], answer: httpx2.Response) -> T:
        try:
            if answer.status_code >= _BAD:
                raise CommandError(Problem.model_validate_json(answer.content))
            adapter: TypeAdapter[T] = TypeAdapter(shape)
            return adapter.validate_json(answer.content)
        except ValidationError as error:
            hint = "command and daemon must be of the same release: compare `drd version` with the daemon's"
            raise self._silent("the daemon's answer cannot be read", hint) from error


class Connected:
    """Whoever asks the daemon over one connection. Use it with `with`."""

    def __init__(self, socket: Path, act_as: str = "") -> None:
        """Take the socket; nothing is sent yet."""
        self._connection = Connection(socket, act_as)
        self._ask = self._connection.ask

    @classmethod
    def of(cls, common: Common) -> Self:
        """Connect as the common options say."""
        return cls(common.socket_path(), common.as_)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the connection."""
        self._connection.close()


class Daemon(Connected):
    """Asks for services, runbooks and runs, and gives orders."""

    def state(self) -> DaemonShape:
        """Ask how the daemon fares."""
        return self._ask(DaemonShape, "GET", "/daemon")

    def services(self, tenant: str | None) -> list[ServiceShape]:
        """Ask for services."""
        return self._ask(list[ServiceShape], "GET", "/services", query={"tenant": tenant})

    def service(self, service: str, tenant: str | None) -> ServiceShape:
        """Ask for one service."""
        return self._ask(ServiceShape, "GET", f"/services/{part(service)}", query={"tenant": tenant})

    def items(self, service: str | None, tenant: str | None) -> list[ItemShape]:
        """Ask for items."""
        return self._ask(list[ItemShape], "GET", "/items", query={"service": service, "tenant": tenant})

    def points(self, item: str, tenant: str | None) -> ItemPointsShape:
        """Ask for an item's recovery points."""
        return self._ask(ItemPointsShape, "GET", f"/items/{part(item)}/points", query={"tenant": tenant})

    def runbooks(self) -> list[RunbookShape]:
        """Ask for the shelf."""
        return self._ask(list[RunbookShape], "GET", "/runbooks")

    def plan(self, body: PlanBody) -> PlanShape:
        """Ask what a runbook would do."""
        return self._ask(PlanShape, "POST", "/plans", body=body)

    def start(self, body: StartBody) -> RunShape:
        """Start a run."""
        return self._ask(RunShape, "POST", "/runs", body=body)

    def runs(self, *, service: str | None = None, active: bool | None = None, newest: int = 50) -> list[RunShape]:
        """Ask for runs."""
        wanted = {"service": service, "active": None if active is None else str(active).lower(), "newest": str(newest)}
        return self._ask(list[RunShape], "GET", "/runs", query=wanted)

    def run(self, run: str) -> RunDetailShape:
        """Ask for one run."""
        return self._ask(RunDetailShape, "GET", f"/runs/{part(run)}")

    def events(self, run: str, after: int = 0) -> list[EventShape]:
        """Ask for a run's events."""
        return self._ask(list[EventShape], "GET", f"/runs/{part(run)}/events", query={"after": str(after)})

    def archive(self, run: str) -> str:
        """Ask for a run as a file."""
        return "".join(self._ask(list[str], "GET", f"/runs/{part(run)}/archive"))

    def control(self, run: str, body: ControlBody) -> RunShape:
        """Help a run along, or end it."""
        return self._ask(RunShape, "POST", f"/runs/{part(run)}/control", body=body)

    def abandon(self, run: str, body: AbandonBody) -> RunShape:
        """End a run whose journal is damaged."""
        return self._ask(RunShape, "POST", f"/runs/{part(run)}/abandon", body=body)

    def approvals(self) -> list[ApprovalShape]:
        """Ask what waits."""
        return self._ask(list[ApprovalShape], "GET", "/approvals")

    def approval(self, approval: str) -> ApprovalShape:
        """Ask for one question."""
        return self._ask(ApprovalShape, "GET", f"/approvals/{_approval(approval)}")

    def answer(self, approval: str, body: AnswerBody) -> RunShape:
        """Answer a question."""
        return self._ask(RunShape, "POST", f"/approvals/{_approval(approval)}", body=body)


def part(text: str) -> str:
    """Keep what a person typed inside its own part of the address."""
    part = quote(text, safe="")
    if part.strip(".") == "":
        raise usage_error(f"{text!r} is no name", "`list` shows the names")
    return part


def _approval(text: str) -> str:
    run, slash, step = text.partition("/")
    if not (run and slash and step):
        raise usage_error(f"{text!r} is no approval", "write RUN/STEP, as `drd approval list` shows it")
    return f"{part(run)}/{part(step)}"


def plain(shape: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Give the plain JSON data of shapes, wherever they stand."""
    if isinstance(shape, Shape):
        return shape.model_dump(mode="json")
    if isinstance(shape, Mapping):
        return {name: plain(each) for name, each in shape.items()}
    return [plain(each) for each in shape] if isinstance(shape, (list, tuple)) else shape
