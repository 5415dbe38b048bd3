"""Scrapes a daemon whose time runs fast, and keeps each page with the world's instant."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import httpx2

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_TARGET = 'job="drd",instance="drd-1:9790"'
_OF_THE_HOST = {"drd_heartbeat_timestamp_seconds", "drd_config_last_reload_success_timestamp_seconds"}
"""Instants that a daemon tells by its host's clock. Where the world runs as fast as the host they are the same; here
they are moved so that they are as long ago in the world as they are on the host."""


def stamped(page: str, at: datetime, host: float) -> Iterator[str]:
    """Give a page's samples with the world's instant, and the labels that Prometheus would add to them.

    Args:
        page: as it was scraped.
        at: the world's instant.
        host: the host's, in seconds since 1970.
    """
    for line in page.splitlines():
        match = _SAMPLE.match(line)
        if match and not line.startswith("#"):
            labels = f"{match['labels']},{_TARGET}" if match["labels"] else _TARGET
            value = match["value"]
            if match["name"] in _OF_THE_HOST and float(value):
                value = str(at.timestamp() - (host - float(value)))
            yield f"{match['name']}{{{labels}}} {value} {at.timestamp():.3f}\n"


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
            out.writelines(stamped(page, now(), time.time()))
