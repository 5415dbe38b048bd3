"""A real Prometheus over what was recorded, and the questions of a panel to it."""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

_START_SECONDS = 60.0
_POINTS = 240
_RATE_INTERVAL = "5m"
"""Four times the time between two scrapes, in the world's time."""
_LOOKBACK = "150s"
"""A series that is not told any more is gone after this time."""

_BLOCKS = ("tsdb", "create-blocks-from", "openmetrics")

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a dashboard shows: until when, how much time, and what is chosen."""

    until: datetime
    span: timedelta
    chosen: Mapping[str, str]

    def filled(self, expr: str) -> str:
        """Put what is chosen into a query, as Grafana does."""
        seconds = f"{self.span.total_seconds():.0f}s"
        expr = expr.replace("$__rate_interval", _RATE_INTERVAL).replace("$__range", seconds)
        for name, value in self.chosen.items():
            expr = expr.replace(f"${name}", value)
        return expr


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Answers queries."""

    address: str

    def at_once(self, expr: str, view: View) -> list[tuple[Labels, float]]:
        """Ask for the end of the view."""
        found = self._ask("query", query=view.filled(expr), time=view.until.timestamp())
        if found["resultType"] == "scalar":
            return [({}, float(found["result"][1]))]
        return [(each["metric"], float(each["value"][1])) for each in found["result"]]

    def over_time(self, expr: str, view: View) -> list[tuple[Labels, list[tuple[float, float]]]]:
        """Ask for the whole view."""
        found = self._ask(
            "query_range",
            query=view.filled(expr),
            start=(view.until - view.span).timestamp(),
            end=view.until.timestamp(),
            step=max(15, view.span.total_seconds() / _POINTS),
        )
        return [
            (each["metric"], [(float(at), float(value)) for at, value in each["values"]]) for each in found["result"]
        ]

    def _ask(self, kind: str, **asked: str | float) -> dict[str, Any]:
        answer = httpx2.post(f"{self.address}/api/v1/{kind}", data=asked, timeout=60).json()
        if answer["status"] != "success":
            raise ValueError(f"Prometheus refused {asked['query']}: {answer['error']}")
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def prometheus(samples: Path, port: int) -> Iterator[Prometheus]:
    """Start a Prometheus that knows these samples and nothing else; stop it at the end.

    Raises:
        TimeoutError: it was not ready in time.
    """
    with tempfile.TemporaryDirectory(prefix="drd-pictures-") as folder:
        blocks, config = Path(folder) / "data", Path(folder) / "prometheus.yml"
        subprocess.run(["promtool", *_BLOCKS, samples, blocks], check=True, stdout=subprocess.DEVNULL)  # noqa: S607 - Debian's
        config.write_text("scrape_configs: []\n", encoding="utf-8")
        command = [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={blocks}",
            "--storage.tsdb.retention.time=10y",
            f"--query.lookback-delta={_LOOKBACK}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
        process = subprocess.Popen(command)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address)
            yield Prometheus(address)
        finally:
            process.terminate()
            process.wait()


def _wait(address: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{address}/-/ready").is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError("Prometheus was not ready in time")
