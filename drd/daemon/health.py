"""The one thing that listens on the network: metrics and health. No page, no API, nothing that changes anything."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from drd.api.counting import Counting
from drd.daemon.observing import LargeResponse, Scrapes
from drd.metrics.exporter import Exporter


class Health:
    """What the daemon knows of itself. Each answer is cheap and asks nobody outside."""

    def __init__(
        self, *, trouble: Callable[[], str], moving: Callable[[], int], warning: Callable[[], str] = str
    ) -> None:
        """Take where to look: what keeps the daemon from its work, and what does not yet."""
        self._trouble = trouble
        self._warning = warning
        self._moving = moving
        self.started = False

    def ready(self) -> str:
        """Give an empty text when the daemon can do its work, else why not."""
        return self._trouble() if self.started else "starting"

    def warning(self) -> str:
        """Give what does not keep the daemon from its work yet: little room, or a store that is not as it was left."""
        return self._warning()

    def line(self) -> str:
        """Give one line for people."""
        warning = self._warning()
        return f"{self.ready() or 'ready'}; moves {self._moving()} runs" + (f"; {warning}" if warning else "")


def observation_app(exporter: Exporter, health: Health) -> Starlette:
    """Build the application for the metrics port."""
    scrapes = Scrapes(exporter)

    async def metrics(request: Request) -> Response:
        page = await scrapes.page(request.headers.get("accept", ""))
        if page is None:
            return PlainTextResponse("the page takes too long\n", status_code=503)
        return LargeResponse(page.body, media_type=page.content_type)

    async def live(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def startup(_request: Request) -> Response:
        return PlainTextResponse("started\n" if health.started else "starting\n", status_code=_code(health.started))

    async def ready(_request: Request) -> Response:
        why_not = health.ready()
        told = {"ready": not why_not, "why_not": why_not, "warning": health.warning()}
        return JSONResponse(told, status_code=_code(not why_not))

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/healthz/live", live),
            Route("/healthz/startup", startup),
            Route("/healthz/ready", ready),
        ],
        middleware=[Middleware(Counting, answered=exporter.ears.answered)],
    )


def _code(good: bool) -> int:  # noqa: FBT001 - one private question with one answer
    return 200 if good else 503
