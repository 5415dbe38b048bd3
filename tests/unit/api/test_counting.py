"""Requests are counted by the templates of routes: what a caller makes up never becomes a label."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from drd.api.app import PREFIX
from drd.api.counting import Counting
from drd.ports.vitals import AnsweredRequest

pytestmark = pytest.mark.anyio


@pytest.fixture
def told() -> list[AnsweredRequest]:
    """Give what was told."""
    return []


@pytest.fixture
async def client(told: list[AnsweredRequest]) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a client of an application with a good route and one that breaks."""
    router = APIRouter(prefix="/runs")

    async def show(run: str) -> Response:
        return Response(run)

    async def boom(run: str) -> Response:
        raise RuntimeError(run)

    router.add_api_route("/{run}", show)
    router.add_api_route("/{run}/boom", boom)
    app = FastAPI()
    app.add_middleware(Counting, answered=told.append, prefix=PREFIX)
    app.include_router(router, prefix=PREFIX)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://drd") as made:
        yield made


@pytest.mark.parametrize(
    ("method", "path", "counted"),
    [
        ("GET", "/api/v1/runs/r-1", ("/api/v1/runs/{run}", "GET", 200)),
        ("GET", "/api/v1/runs/r-1/boom", ("/api/v1/runs/{run}/boom", "GET", 500)),
        ("DELETE", "/api/v1/runs/r-1", ("/api/v1/runs/{run}", "DELETE", 405)),
        ("GET", "/api/v1/made/up", ("unmatched", "GET", 404)),
        ("MADEUP", "/made/up", ("unmatched", "other", 404)),
    ],
)
async def test_a_request_is_counted_once_by_its_route(
    client: httpx2.AsyncClient, told: list[AnsweredRequest], method: str, path: str, counted: tuple[str, str, int]
) -> None:
    """With the status that the caller got, also where the route broke."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await client.request(method, path)
    took = loop.time() - began

    assert [(each.route, each.method, each.status) for each in told] == [counted]
    assert answer.status_code == counted[2]
    assert 0 <= told[0].seconds <= took
