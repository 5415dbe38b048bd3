"""The daemon, with its death arranged: it kills itself with SIGKILL at one chosen moment. For proofs of P1 and P2.

`python -m proofs.doomed MOMENT:NUMBER serve --config PATH` dies at the NUMBER-th time of MOMENT:

- `before-commit`, `after-commit`: of events to the journal; after is before anybody hears that it is durable
- `before-send`: a change is about to leave for Azure
- `after-send`: Azure has accepted or refused it, and nobody in the daemon has heard the answer
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from drd.cli.app import main
from drd.providers.azure.sending import Answered, Sender
from drd.store.append import Append
from drd.store.commit import Commit, Work

MOMENTS = ("before-commit", "after-commit", "before-send", "after-send")


class _Fate:
    """Counts moments, and ends the process at the chosen one."""

    def __init__(self, text: str) -> None:
        self._moment, _, number = text.partition(":")
        if self._moment not in MOMENTS:
            raise SystemExit(f"{self._moment!r} is no moment; known are {', '.join(MOMENTS)}")
        self._left = int(number)

    def comes(self, moment: str) -> None:
        """Hear that a moment has come."""
        if moment != self._moment:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _doom(fate: _Fate) -> None:
    carry_out, send = Commit.carry_out, Sender.send

    def doomed_carry_out(self: Commit, works: Sequence[Work]) -> list[Any]:
        appends = any(isinstance(work, Append) for work in works)
        if appends:
            fate.comes("before-commit")
        outcomes = carry_out(self, works)
        if appends:
            fate.comes("after-commit")
        return outcomes

    async def doomed_send(
        self: Sender, call: Callable[..., Awaitable[object]], *, what: str, target: str, request_id: str
    ) -> Answered:
        async def doomed_call(options: Any) -> object:  # noqa: ANN401 - handed on as it is
            fate.comes("before-send")
            try:
                return await call(options)
            finally:
                fate.comes("after-send")

        return await send(self, doomed_call, what=what, target=target, request_id=request_id)

    Commit.carry_out = doomed_carry_out  # type: ignore[method-assign] # its death is arranged from outside
    Sender.send = doomed_send  # type: ignore[method-assign] # same


if __name__ == "__main__":
    _doom(_Fate(sys.argv[1]))
    main(sys.argv[2:])
