"""Health: alive, started and ready are three questions, and metrics are told whatever the answer."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from drd.daemon.health import Health, observation_app
from drd.domain.errors import JournalUnavailableError
from tests.fakes.busy_house import BusyHouse

pytestmark = pytest.mark.anyio


class Daemon:
    """What health asks about."""

    def __init__(self) -> None:
        """Be well, and not started."""
        self.trouble = ""
        self.house = BusyHouse()
        self.health = Health(trouble=lambda: self.trouble, moving=lambda: 2)
        transport = httpx2.ASGITransport(app=observation_app(self.house.exporter, self.health))
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://daemon")

    async def code(self, what: str) -> int:
        """Ask a probe."""
        return (await self.client.get(f"/healthz/{what}")).status_code

    async def codes(self) -> tuple[int, int, int]:
        """Ask all three."""
        return await self.code("live"), await self.code("startup"), await self.code("ready")


@pytest.fixture
async def daemon() -> AsyncIterator[Daemon]:
    """Give a daemon, and let go of its client."""
    daemon = Daemon()
    async with daemon.client:
        yield daemon


async def test_a_daemon_that_starts_is_alive_and_no_more(daemon: Daemon) -> None:
    """It must not be killed for being slow to start, nor be relied on."""
    assert await daemon.codes() == (200, 503, 503)


async def test_a_daemon_that_serves_is_ready(daemon: Daemon) -> None:
    """All three."""
    daemon.health.started = True

    assert await daemon.codes() == (200, 200, 200)
    assert daemon.health.line() == "ready; moves 2 runs"


async def test_a_daemon_whose_journal_cannot_be_written_is_alive_and_not_ready(daemon: Daemon) -> None:
    """Killing it would help nobody; the reason is in the answer."""
    daemon.health.started = True
    daemon.trouble = "the disk is full"
    answer = await daemon.client.get("/healthz/ready")

    assert await daemon.codes() == (200, 200, 503)
    assert answer.json() == {"ready": False, "why_not": "the disk is full", "warning": ""}
    assert "the disk is full" in daemon.health.line()


async def test_metrics_are_told_in_the_form_that_is_asked_for(daemon: Daemon) -> None:
    """Text for people and old scrapers, OpenMetrics for new ones; also while nothing is ready."""
    plain = await daemon.client.get("/metrics")
    newer = await daemon.client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})

    assert plain.headers["content-type"].startswith("text/plain")
    assert newer.headers["content-type"].startswith("application/openmetrics-text")
    assert newer.text.endswith("# EOF\n")


async def test_metrics_are_told_while_the_store_is_away(daemon: Daemon) -> None:
    """That is when somebody looks."""
    daemon.house.readings.error = JournalUnavailableError("away")
    answer = await daemon.client.get("/metrics")

    assert answer.status_code == 200
    assert "drd_store_readable 0.0" in answer.text


@pytest.mark.parametrize("path", ["/", "/metrics/x", "/healthz", "/api/v1/runs", "/openapi.json", "/docs"])
async def test_nothing_else_is_there(daemon: Daemon, path: str) -> None:
    """No page and no API listens on the network."""
    assert (await daemon.client.get(path)).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/metrics", "/healthz/live", "/healthz/ready"])
async def test_nothing_can_be_changed(daemon: Daemon, method: str, path: str) -> None:
    """Reading is all there is."""
    assert (await daemon.client.request(method, path)).status_code == 405
