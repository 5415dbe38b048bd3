"""The daemon, with its death arranged: it kills itself with SIGKILL at one chosen moment. For proofs of P1 and P2.

`python -m proofs.doomed MOMENT:NUMBER serve --config PATH` dies at the NUMBER-th time of MOMENT:

- `before-commit`, `after-commit`: of events or ledger entries; after is before anybody hears that they are durable
- `in-commit`: the same are written, and their transaction is still open
- `before-send`: a change is about to leave for Azure
- `after-accept`: Azure has carried it out and answered, and nobody in the daemon has read a byte of the answer
- `after-reply`: the answer was read, and nobody has acted on it

`python -m proofs.doomed @FILE serve --config PATH` lives until it gets SIGUSR1: then it reads MOMENT:NUMBER from the
file, counts from there, and empties the file; ` SIGSTOP` behind it freezes instead of killing. At SIGUSR2 it writes
into the file how often each moment came since.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from weakref import WeakSet

from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from sqlalchemy import Connection

from drd.cli.app import main
from drd.providers.azure.sending import Answered, Sender
from drd.store.append import Append
from drd.store.commit import Change, Commit, Work

MOMENTS = ("before-commit", "after-commit", "before-send", "after-accept", "after-reply")
IN_COMMIT = "in-commit"

_CHANGING: ContextVar[bool] = ContextVar("_CHANGING", default=False)
"""Whether a change is being sent: questions that Azure wants as POST are none."""
_QUIET = frozenset({"GET", "HEAD"})
_RECORDS = frozenset({"drd.store.journal", "drd.store.ledger"})
"""Whose other writes count as commits too: accepted runs and ledger entries. Leases come with time, not with work."""


class _Fate:
    """Counts moments, and ends the process at the chosen one."""

    def __init__(self, text: str) -> None:
        self._seen: Counter[str] = Counter()
        self._moment, self._number = "", 0
        self._sign = signal.Signals.SIGKILL
        self._file: Path | None = None
        if text.startswith("@"):
            self._file = Path(text[1:])
            signal.signal(signal.SIGUSR1, lambda _number, _frame: self._read())
            signal.signal(signal.SIGUSR2, lambda _number, _frame: self._write())
        else:
            self._arrange(text)

    def _arrange(self, text: str) -> None:
        self._seen.clear()
        moment, _, sign = text.partition(" ")
        self._sign = signal.Signals[sign or "SIGKILL"]
        self._moment, _, number = moment.partition(":")
        self._number = int(number or 0)
        if self._moment not in {*MOMENTS, IN_COMMIT, ""}:
            raise SystemExit(f"{self._moment!r} is no moment; known are {', '.join(MOMENTS)}")

    def _read(self) -> None:
        text = self._file.read_text(encoding="ascii").strip() if self._file else ""
        if self._file and text:
            self._arrange(text)
            self._file.write_text("", encoding="ascii")

    def _write(self) -> None:
        if self._file:
            ready = self._file.with_suffix(".new")
            ready.write_text(json.dumps(self._seen), encoding="ascii")
            ready.replace(self._file)

    def comes(self, moment: str) -> None:
        """Hear that a moment has come."""
        self._seen[moment] += 1
        if moment == self._moment and self._seen[moment] == self._number:
            os.kill(os.getpid(), self._sign)


def _doom(fate: _Fate) -> None:
    _doom_commits(fate)
    _doom_sends(fate)
    _doom_answers(fate)


def _doom_commits(fate: _Fate) -> None:
    carry_out, in_order = Commit.carry_out, Commit._in_order  # noqa: SLF001 - inside the transaction is nowhere else

    def doomed_carry_out(self: Commit, works: Sequence[Work], **options: Any) -> list[Any]:  # noqa: ANN401 - as it is
        counts = any(_counts(work) for work in works)
        if counts:
            fate.comes("before-commit")
        outcomes = carry_out(self, works, **options)
        if counts:
            fate.comes("after-commit")
        return outcomes

    def doomed_in_order(self: Commit, connection: Connection, works: Sequence[Work], write: Any) -> list[Any]:  # noqa: ANN401 - same
        outcomes = in_order(self, connection, works, write)
        if any(_counts(work) for work in works):
            fate.comes(IN_COMMIT)
        return outcomes

    Commit.carry_out = doomed_carry_out  # type: ignore[method-assign] # its death is arranged from outside
    Commit._in_order = doomed_in_order  # type: ignore[method-assign] # noqa: SLF001 - same


def _counts(work: Work) -> bool:
    if isinstance(work, Append):
        return True
    return isinstance(work, Change) and getattr(work.work, "__module__", "") in _RECORDS


def _doom_sends(fate: _Fate) -> None:
    send = Sender.send

    async def doomed_send(
        self: Sender, call: Callable[..., Awaitable[object]], *, what: str, target: str, request_id: str
    ) -> Answered:
        async def doomed_call(options: Any) -> object:  # noqa: ANN401 - handed on as it is
            fate.comes("before-send")
            token = _CHANGING.set(True)
            try:
                return await call(options)
            finally:
                _CHANGING.reset(token)
                fate.comes("after-reply")

        return await send(self, doomed_call, what=what, target=target, request_id=request_id)

    Sender.send = doomed_send  # type: ignore[method-assign] # same


def _doom_answers(fate: _Fate) -> None:
    request, received = ClientRequest.send, ResponseHandler.data_received
    waiting: WeakSet[ResponseHandler] = WeakSet()

    async def doomed_request(self: ClientRequest, conn: Any) -> Any:  # noqa: ANN401 - handed on as it is
        if _CHANGING.get() and self.method not in _QUIET and conn.protocol is not None:
            waiting.add(conn.protocol)
        return await request(self, conn)

    def doomed_received(self: ResponseHandler, data: bytes) -> None:
        if self in waiting:
            waiting.discard(self)
            fate.comes("after-accept")
        received(self, data)

    ClientRequest.send = doomed_request  # type: ignore[method-assign] # same
    ResponseHandler.data_received = doomed_received  # type: ignore[method-assign] # same


def run_doomed(doom: str, arguments: Sequence[str]) -> None:
    """Run drd's command line with a death arranged; ends the process."""
    _doom(_Fate(doom))
    main(list(arguments))


if __name__ == "__main__":
    run_doomed(sys.argv[1], sys.argv[2:])
