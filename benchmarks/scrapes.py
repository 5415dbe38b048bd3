"""Scrapes of large estates: how long, how much memory, and what a run feels of scrapers that do not stop."""

import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.databases import Site
from benchmarks.process import python

SCRAPES, WARM = 15, 2
SERIES_GOAL_MS, SERIES_GOAL_MIB, TENANTS_GOAL_MS = 150, 60, 500
SERIES, TENANTS = (10, 10, 10, "all"), (100, 10, 20, "breaching")
"""Tenants, services, items of each service, and which items are told."""

_STEPS = 1500
_SCRAPERS, _IDLE = 16, 1000
_MS, _KIB = 1000, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraped:
    """What scrapes of one program cost. `idle_mib` and `peak_mib` are of the whole process."""

    series: int
    milliseconds: list[float] = field(default_factory=list)
    idle_mib: float = 0.0
    peak_mib: float = 0.0

    @property
    def told(self) -> str:
        """Say it."""
        return f"{statistics.median(self.milliseconds):.0f} ms, best {min(self.milliseconds):.0f} ms"


class Program:
    """A program that serves a metrics page until its input ends."""

    def __init__(self, name: str, *words: object) -> None:
        """Start it, and wait until it serves."""
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": ""}
        command = [python(), f"benchmarks/contenders/{name}", *map(str, words)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.port = int(self._heard()["port"])

    def get(self) -> bytes:
        """Scrape once."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"the page was answered with {answer.status}")
        return body

    def scraped(self) -> Scraped:
        """Scrape again and again, with pauses as between real scrapes, only shorter."""
        idle = self._memory("VmRSS")
        series = sum(not line.startswith(b"#") for line in self.get().splitlines())
        took = []
        for _ in range(WARM + SCRAPES):
            time.sleep(0.5)
            began = time.perf_counter()
            self.get()
            took.append((time.perf_counter() - began) * _MS)
        peak = self._memory("VmHWM")
        return Scraped(series=series, milliseconds=took[WARM:], idle_mib=idle, peak_mib=peak)

    def run(self, steps: int) -> dict[str, Any]:
        """Let it run a plan of so many steps."""
        self._tell(f"{steps}\n")
        return self._heard()

    def end(self) -> None:
        """End it."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=30)

    def _memory(self, word: str) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith(f"{word}:"))
        return int(line.split()[1]) / _KIB

    def _tell(self, text: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the program ended with {self._process.wait()}")
        heard: dict[str, Any] = json.loads(line)
        return heard


@contextlib.contextmanager
def program(name: str, *words: object) -> Iterator[Program]:
    """Start a program, and end it."""
    started = Program(name, *words)
    try:
        yield started
    finally:
        started.end()


def scrapes_text(sites: list[Site]) -> str:
    """Measure everything, and return it for the page."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    rows = [
        f"Load of the machine before (1, 5 and 15 minutes): {load}.",
        "",
        "| what | measured | goal |",
        "|---|---|---|",
    ]
    for site in sites:
        with program("drd_scrape.py", site.new(), *SERIES) as drd:
            found = drd.scraped()
            rows.append(
                f"| drd, {found.series:,} series of {_items(SERIES):,} items, {site.name} | {found.told}; "
                f"{found.peak_mib - found.idle_mib:.0f} MiB more than idle ({found.idle_mib:.0f} MiB) "
                f"| {SERIES_GOAL_MS} ms, {SERIES_GOAL_MIB} MiB |"
            )
            if site is sites[0]:
                with program("prometheus_plain.py", found.series) as peer:
                    plain = peer.scraped()
                rows.append(f"| the client library alone, {plain.series:,} series, no store | {plain.told} | - |")
                rows += _besieged(drd)
        with program("drd_scrape.py", site.new(), *TENANTS) as drd:
            found = drd.scraped()
            rows.append(
                f"| drd, {TENANTS[0]} tenants x {TENANTS[1]} services x {TENANTS[2]} items, breaching items only, "
                f"{found.series:,} series, {site.name} | {found.told}; {found.peak_mib - found.idle_mib:.0f} MiB more "
                f"than idle ({found.idle_mib:.0f} MiB) | {TENANTS_GOAL_MS} ms |"
            )
    return "\n".join(rows)


def _items(size: tuple[int, int, int, str]) -> int:
    return size[0] * size[1] * size[2]


def _besieged(drd: Program) -> list[str]:
    """Run a plan alone, then while scrapers never stop, one reads a byte a second and connections pile up."""
    drd.run(_STEPS // 10)
    alone = drd.run(_STEPS)
    over = threading.Event()
    with contextlib.ExitStack() as stack:
        stack.callback(over.set)
        for _ in range(_SCRAPERS):
            stack.enter_context(_beside(lambda: _scrape_without_end(drd, over)))
        stack.enter_context(_beside(lambda: _read_slowly(drd, over)))
        stack.enter_context(_beside(lambda: _pile_up(drd, over)))
        time.sleep(1)
        besieged = drd.run(_STEPS)
        over.set()
    crowd = f"{_SCRAPERS} scrapers never stop, one reads a byte a second, and {_IDLE:,} connections are opened and kept"
    return [
        f"| a chain of {_STEPS:,} steps, nobody scrapes | {_felt(alone)} | - |",
        f"| the same while {crowd} | {_felt(besieged)} | - |",
    ]


def _felt(told: dict[str, Any]) -> str:
    return (
        f"{told['seconds'] / _STEPS * _MS:.1f} ms a step; event loop late by {told['lag_seconds'] * _MS:.0f} ms "
        f"(99 of 100 looks), {told['most_lag_seconds'] * _MS:.0f} ms at most"
    )


@contextlib.contextmanager
def _beside(work: Any) -> Iterator[None]:  # noqa: ANN401 - any callable
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    thread.join(timeout=30)


def _scrape_without_end(drd: Program, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(OSError, http.client.HTTPException, RuntimeError):
            drd.get()


def _read_slowly(drd: Program, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", drd.port), timeout=5) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
            while not over.wait(1) and connection.recv(1):
                pass


def _pile_up(drd: Program, over: threading.Event) -> None:
    kept: list[socket.socket] = []
    while not over.is_set() and len(kept) < _IDLE:
        with contextlib.suppress(OSError):
            kept.append(socket.create_connection(("127.0.0.1", drd.port), timeout=1))
    over.wait()
    for connection in kept:
        connection.close()
