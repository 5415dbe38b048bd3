"""The stage of every test of providers: each provider with each way of reaching its stand-in."""

from collections.abc import AsyncGenerator

import pytest

from tests.contract.providers.stage import HARNESSES, Stage


@pytest.fixture(params=sorted(HARNESSES))
async def stage(request: pytest.FixtureRequest) -> AsyncGenerator[Stage, None]:
    """Every provider that there is, each on a fresh estate."""
    harness = HARNESSES[request.param]()
    try:
        async for made in harness:
            yield made
    finally:
        await harness.aclose()
