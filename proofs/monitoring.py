"""A real Prometheus and a real Alertmanager on loopback, and what hears their alerts.

The programs are Debian's. Each has a folder and a port of its own, and is stopped by its process id.
"""

import contextlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from proofs.postgres import free_port

T = TypeVar("T")
Labels = frozenset[tuple[str, str]]
"""The labels of a series, without its name."""

PROMETHEUS, ALERTMANAGER = "prometheus", "prometheus-alertmanager"
INTERVAL_SECONDS = 1
"""Between two scrapes, two evaluations and two looks at a group of alerts."""

_UP_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_WORDS = 1500


def installed() -> bool:
    """Say whether both programs are here."""
    return all(shutil.which(each) for each in (PROMETHEUS, ALERTMANAGER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One alert as it was delivered, to whom. `status` is `firing` or `resolved`."""

    to: str
    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def name(self) -> str:
        """Give the alert's name."""
        return self.labels["alertname"]


@dataclass(slots=True)
class Receiver:
    """What people would be told."""

    url: str = ""
    alerts: list[Heard] = field(default_factory=list)

    def heard(self, name: str, status: str = "firing", **labels: str) -> list[Heard]:
        """Give what was delivered of an alert, oldest first."""
        return [
            each
            for each in tuple(self.alerts)
            if (each.name, each.status) == (name, status) and labels.items() <= each.labels.items()
        ]

    def take(self, body: bytes) -> None:
        """Keep what a delivery holds."""
        told = json.loads(body)
        self.alerts += [
            Heard(to=told["receiver"], status=each["status"], labels=each["labels"], annotations=each["annotations"])
            for each in told["alerts"]
        ]


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen for deliveries on loopback."""
    told = Receiver()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library names it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _LOOK_SECONDS}, daemon=True)
    serving.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus that runs, asked over its own API."""

    url: str

    def query(self, expression: str) -> dict[Labels, float]:
        """Give the value of every series of an instant query, now.

        Raises:
            AssertionError: Prometheus does not take the expression.
        """
        answer = httpx2.get(f"{self.url}/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", answer
        return {_labels(each["metric"]): float(each["value"][1]) for each in answer["data"]["result"]}

    def series(self) -> list[tuple[str, Labels]]:
        """Give the name and labels of every series of drd's that there is now, without the one of its daemon."""
        answer = httpx2.get(f"{self.url}/api/v1/query", params={"query": '{__name__=~"drd_.+"}'}).json()
        found = [each["metric"] for each in answer["data"]["result"]]
        return [(each["__name__"], _labels(each) - {("instance", each.get("instance", ""))}) for each in found]

    def one(self, expression: str) -> float | None:
        """Give the value of the only series of a query; None where there is none.

        Raises:
            AssertionError: there are several.
        """
        found = self.query(expression)
        assert len(found) <= 1, found
        return next(iter(found.values()), None)

    def over_time(self, expression: str, *, start: float, end: float) -> list[dict[Labels, float]]:
        """Give a query's answers at each interval between two instants (seconds since 1970), oldest first."""
        asked: dict[str, str | float] = {"query": expression, "start": start, "end": end, "step": INTERVAL_SECONDS}
        answer = httpx2.get(f"{self.url}/api/v1/query_range", params=asked).json()
        assert answer["status"] == "success", answer
        steps: list[dict[Labels, float]] = [{} for _ in range(int((end - start) / INTERVAL_SECONDS) + 1)]
        for each in answer["data"]["result"]:
            for at, value in each["values"]:
                steps[round((at - start) / INTERVAL_SECONDS)][_labels(each["metric"])] = float(value)
        return steps

    def alerts(self) -> set[str]:
        """Name the alerts that fire."""
        answer = httpx2.get(f"{self.url}/api/v1/alerts").raise_for_status().json()
        return {each["labels"]["alertname"] for each in answer["data"]["alerts"] if each["state"] == "firing"}

    def targets(self) -> dict[str, str]:
        """Give the health of every target, by its address."""
        answer = httpx2.get(f"{self.url}/api/v1/targets").raise_for_status().json()
        return {each["scrapeUrl"]: each["health"] for each in answer["data"]["activeTargets"]}

    def troubles(self) -> list[str]:
        """Give the rules whose last evaluation failed, with the reason."""
        answer = httpx2.get(f"{self.url}/api/v1/rules").raise_for_status().json()
        rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
        return [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule["health"] == "err"]


def _labels(metric: Mapping[str, str]) -> Labels:
    return frozenset((name, value) for name, value in metric.items() if name != "__name__")


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """An Alertmanager that runs."""

    url: str

    def suppressed(self) -> dict[str, list[dict[str, str]]]:
        """Give the labels of the alerts that are inhibited now, by name."""
        found: dict[str, list[dict[str, str]]] = {}
        for each in httpx2.get(f"{self.url}/api/v2/alerts").raise_for_status().json():
            if each["status"]["inhibitedBy"]:
                found.setdefault(each["labels"]["alertname"], []).append(each["labels"])
        return found


@contextlib.contextmanager
def prometheus(
    folder: Path, targets: Sequence[str], *, rules: Sequence[Path] = (), alertmanager: str = ""
) -> Iterator[Prometheus]:
    """Scrape `HOST:PORT`s as the job `drd`; stop at the end.

    Raises:
        AssertionError: it did not start; its last words are in the message.
    """
    folder.mkdir(parents=True)
    interval, port = f"{INTERVAL_SECONDS}s", free_port()
    manager = {"static_configs": [{"targets": [alertmanager]}]}
    settings: dict[str, Any] = {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "rule_files": [str(each) for each in rules],
        "scrape_configs": [{"job_name": "drd", "static_configs": [{"targets": list(targets)}]}],
    }
    if alertmanager:
        settings["alerting"] = {"alertmanagers": [manager]}
    config = folder / "prometheus.yaml"
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [
        PROMETHEUS,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
        "--log.level=warn",
    ]
    url = f"http://127.0.0.1:{port}"
    with _running(command, folder, f"{url}/-/ready"):
        yield Prometheus(url)


@contextlib.contextmanager
def alertmanager(folder: Path, settings: Mapping[str, Any]) -> Iterator[Alertmanager]:
    """Run an Alertmanager with these settings; stop it at the end. Errors as `prometheus`'."""
    folder.mkdir(parents=True)
    config, port = folder / "alertmanager.yaml", free_port()
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [
        ALERTMANAGER,
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    url = f"http://127.0.0.1:{port}"
    with _running(command, folder, f"{url}/-/ready"):
        yield Alertmanager(url)


@contextlib.contextmanager
def _running(command: Sequence[str], folder: Path, ready: str) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder, start_new_session=True
        )
    try:
        until = time.monotonic() + _UP_SECONDS
        while not _is_ready(ready):
            words = log.read_text(encoding="utf-8", errors="replace")[-_WORDS:]
            assert process.poll() is None, words
            assert time.monotonic() < until, words
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(url).is_success
    except httpx2.TransportError:
        return False


def eventually(found: Callable[[], T], seconds: float, what: object = "") -> T:
    """Look until there is something, and give it.

    Raises:
        AssertionError: there was nothing within so many seconds of the host.
    """
    until = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < until, f"nothing within {seconds:g} s: {what() if callable(what) else what}"
        time.sleep(_LOOK_SECONDS)
    return answer
