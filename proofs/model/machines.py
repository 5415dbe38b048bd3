"""The machines that the daemons of the model run on, and the database's: what becomes of them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from proofs.model.database import Database
from proofs.model.line import LENGTH, MARGIN, Line
from proofs.model.process import Process, Surroundings
from proofs.model.script import DAEMONS, Fault, Script

_A_MOMENT = 0.5
_RESTART_SECONDS = 3.0


@dataclass(slots=True)
class Machines:
    """Two daemons on one database.

    Attributes:
        processes: of each daemon the one that lives; None while it is down.
        defect: breaks something on purpose in each process that starts.
        calm: nothing goes wrong any more.
    """

    script: Script
    around: Surroundings
    chance: Random
    defect: Callable[[Process], None] | None = None
    processes: list[Process | None] = field(default_factory=lambda: [None] * DAEMONS)
    calm: bool = False
    _aways: int = 0
    _points: list[int] = field(default_factory=lambda: [0] * DAEMONS)
    _fates: dict[tuple[int, int], Fault] = field(default_factory=dict)
    _errands: list["asyncio.Task[None]"] = field(default_factory=list)

    @property
    def db(self) -> Database:
        """The database."""
        return self.around.db

    def begin(self) -> None:
        """Start every daemon, and set what goes wrong by the clock."""
        faults = self.script.faults
        self._fates = {(each.who, each.nth): each for each in faults if each.kind in {"crash", "freeze"}}
        for who in range(DAEMONS):
            self._start(who)
        for fault in faults:
            happen = self._timed.get(fault.kind)
            if happen is not None:
                asyncio.get_running_loop().call_at(fault.at, happen, self, fault)

    def be_calm(self) -> None:
        """Let everything be there, and stay."""
        self.calm = True
        if self._aways:
            self._aways = 0
            self._back()
        for who in range(DAEMONS):
            self._restart(who)

    def _start(self, who: int) -> None:
        line = Line(who, self.chance, self._passes)
        if self.db.away:
            line.in_trouble(asyncio.get_running_loop().time())
        process = Process(line, self.around)
        self.processes[who] = process
        process.start()
        if self.defect is not None:
            self.defect(process)

    def _restart(self, who: int) -> None:
        if self.processes[who] is None:
            self._start(who)

    def _passes(self, line: Line) -> None:
        """Count a passing of a daemon's line; where its fate waits, kill it or freeze it there."""
        self._points[line.who] += 1
        fate = self._fates.get((line.who, self._points[line.who])) if line.alive and not self.calm else None
        process = self.processes[line.who]
        if fate is None or process is None or process.line is not line:
            return
        if fate.kind == "crash":
            self._crash(line.who, fate.length)
        else:
            self._freeze(process, fate.length)

    def _crash(self, who: int, length: float) -> None:
        process = self.processes[who]
        if process is None:
            return
        self.processes[who] = None
        process.kill()
        loop = asyncio.get_running_loop()
        loop.call_later(length, self._restart, who)
        loop.call_later(LENGTH + 1, self.db.tell)

    def _freeze(self, process: Process, length: float) -> None:
        if process.line.frozen:
            return
        loop = asyncio.get_running_loop()
        process.line.freeze()
        process.line.in_trouble(loop.time())
        loop.call_later(LENGTH + 1, self.db.tell)
        loop.call_later(length, self._thaw, process)

    def _thaw(self, process: Process) -> None:
        process.line.thaw()
        if process.line.alive:
            asyncio.get_running_loop().call_later(_A_MOMENT, self._recover, process)

    def _recover(self, process: Process) -> None:
        """Let a process renew its leases, and hear of those that it lost meanwhile."""
        if self.db.away or process.line.frozen or not process.line.alive:
            return
        process.dispatcher.look_around()
        process.line.well()
        self.db.tell()

    def _drain(self, fault: Fault) -> None:
        process = self.processes[fault.who]
        if process is not None and process.line.draining_since is None and not self.calm:
            process.line.draining_since = asyncio.get_running_loop().time()
            self._errands.append(process.task(self._drained(process)))

    async def _drained(self, process: Process) -> None:
        await process.engine.drain()
        if process.serving is not None:
            await asyncio.wait({process.serving})
        if self.processes[process.line.who] is process:
            self._crash(process.line.who, _RESTART_SECONDS)

    def _leave(self, fault: Fault) -> None:
        if self.calm:
            return
        loop = asyncio.get_running_loop()
        self._aways += 1
        self.db.away = True
        for process in self.processes:
            if process is not None:
                process.line.in_trouble(loop.time())
        loop.call_later(LENGTH - MARGIN, self._run_out)
        loop.call_later(fault.length, self._return)

    def _run_out(self) -> None:
        """The leases that could not be renewed are about to end."""
        now = asyncio.get_running_loop().time()
        for process in self.processes:
            if process is not None and not process.line.frozen and process.line.lease_ends(now) - now <= MARGIN:
                process.dispatcher.lose_all()

    def _return(self) -> None:
        if self._aways:
            self._aways -= 1
            if not self._aways:
                self._back()

    def _back(self) -> None:
        self.db.away = False
        for process in self.processes:
            if process is not None and not process.line.frozen:
                self._recover(process)

    _timed: ClassVar[Mapping[str, Callable[["Machines", Fault], None]]] = {"drain": _drain, "away": _leave}
