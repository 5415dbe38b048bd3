"""Scrapes a daemon whose time runs fast, and keeps each page with the world's instant."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import httpx2

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_TARGET = 'job="drd",instance="drd-1:9790"'


def stamped(page: str, at: datetime) -> Iterator[str]:
    """Give a page's samples with an instant and the labels that Prometheus would add to them."""
    for line in page.splitlines():
        match = _SAMPLE.match(line)
        if match and not line.startswith("#"):
            labels = f"{match['labels']},{_TARGET}" if match["labels"] else _TARGET
            yield f"{match['name']}{{{labels}}} {match['value']} {at.timestamp():.3f}\n"


@contextmanager
def recorded(address: str, now: Callable[[], datetime], file: Path, *, every_seconds: float) -> Iterator[None]:
    """Scrape until the end, in a thread, into a file that promtool reads."""
    stop = threading.Event()
    with file.open("w", encoding="utf-8") as out:
        thread = threading.Thread(target=_scrape, args=(address, now, out, stop, every_seconds), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            out.write("# EOF\n")


def _scrape(address: str, now: Callable[[], datetime], out: TextIO, stop: threading.Event, every: float) -> None:
    with httpx2.Client(timeout=10) as client:
        while not stop.wait(every):
            page = client.get(address).raise_for_status().text
            out.writelines(stamped(page, now()))
