"""A provider over a scripted Azure, in process, with a clock whose waits end at once."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from drd.domain.ids import ArmId
from drd.ports.capabilities import OpeningTerms, Provider, SentRequest
from drd.providers.azure.provider import PROVIDER
from tests.fakes.stepping_clock import SteppingClock
from tests.unit.providers.azure.scripted import ENDPOINT, GROUP, MACHINE, VAULT, ScriptedAzure


@dataclass(slots=True, kw_only=True)
class Bench:
    """The provider, what answers it, its clock, and its request log."""

    provider: Provider
    azure: ScriptedAzure
    clock: SteppingClock
    log: list[SentRequest]

    group = ArmId(GROUP)
    machine = ArmId(MACHINE)
    vault = ArmId(VAULT)


@pytest.fixture
async def bench() -> AsyncGenerator[Bench, None]:
    """A provider as the daemon opens it."""
    azure, clock, log = ScriptedAzure(), SteppingClock(), list[SentRequest]()
    settings = {
        "endpoint": ENDPOINT,
        "token-endpoint": f"{ENDPOINT}/msi/token",
        "identity-header": "canary-header",
        "identity": {"client-id": "drd-failover"},
    }
    terms = OpeningTerms(settings=settings, clock=clock, wire=azure, watch=log.append)
    provider = await PROVIDER.open(terms)
    yield Bench(provider=provider, azure=azure, clock=clock, log=log)
    await provider.close()
