"""An engine with the real actions on a scripted Azure, in virtual time: what one step makes of odd answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from drd.daemon.catalogue import Actions
from drd.daemon.discovery import actions
from drd.engine.engine import Engine
from drd.ports.capabilities import OpeningTerms
from drd.providers.azure.provider import PROVIDER
from tests.fakes.engine_house import House
from tests.unit.providers.azure.scripted import ENDPOINT, ScriptedAzure

CATALOGUE = Actions(actions())
_SETTINGS = {
    "endpoint": ENDPOINT,
    "token-endpoint": f"{ENDPOINT}/msi/token",
    "identity-header": "canary-header",
    "identity": {"client-id": "drd-failover"},
}


class AzureHouse(House):
    """A house whose cloud is Azure's provider over a script."""

    azure: ScriptedAzure

    @classmethod
    @asynccontextmanager
    async def opened(cls, azure: ScriptedAzure) -> AsyncIterator["AzureHouse"]:
        """Open it, with its provider."""
        house = cls()
        house.azure = azure
        provider = await PROVIDER.open(OpeningTerms(settings=_SETTINGS, clock=house.clock, wire=azure))
        house.engine = Engine(house.parts(actions=CATALOGUE, provider=provider))
        serving = asyncio.create_task(house.engine.serve())
        try:
            yield house
            await house.engine.drain()
            await serving
        finally:
            serving.cancel()
            await provider.close()
