"""The same over HTTP on loopback with a fast clock: names with semicolons, long operations, links to this server."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from azure.mgmt.core.polling.async_arm_polling import AsyncARMPolling
from azure.mgmt.recoveryservicesbackup.aio import RecoveryServicesBackupClient
from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient

from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import ScaledClock, host_now
from drd.sandbox.server import HttpServer
from tests.contract.sandbox_recovery_services.conftest import START

pytestmark = pytest.mark.anyio

VAULT = ("rsv-weu", "rg-recovery-weu")
ITEM = ("rg-recovery-neu", "rsv-neu", "asr-a2a-westeurope", "asr-a2a-westeurope-container", "vm-id-1")
SPEED = 600.0


@pytest.fixture
async def wire(azure: Any) -> AsyncIterator[tuple[dict[str, Any], Any, str]]:
    """A server whose world runs six hundred times as fast, and options for clients of it.

    It begins at an hour of its own: in the minutes in which a day's backup is made, a vault holds one more or one less.
    """
    began = host_now()
    clock = ScaledClock(epoch=START, speed=SPEED, host=lambda: START + (host_now() - began))
    sandbox = build_sandbox(clock=clock, spread=0)
    server = HttpServer(sandbox.handle)
    await server.start()
    known = azure.backup._config
    policy = type(known.authentication_policy)(sandbox.world.identities.token_for("sandbox-owner"))
    options = {
        "credential": known.credential,
        "subscription_id": known.subscription_id,
        "base_url": server.base_url,
        "credential_scopes": ["sandbox/.default"],
        "authentication_policy": policy,
        "retry_total": 0,
        "polling_interval": 0.05,
    }
    yield options, sandbox.world, server.base_url
    await server.stop()


async def test_an_item_with_semicolons_in_its_name_answers_over_http(wire: Any) -> None:
    """%3B on the wire, the item in the answer, and its points."""
    options, _, _ = wire
    async with RecoveryServicesBackupClient(**options) as backup:
        items = [item async for item in backup.backup_protected_items.list(*VAULT)]
        found = next(item for item in items if item.name.endswith(";vm-bv-app-1"))
        container = found.id.split("/")[-3]
        points = [point async for point in backup.recovery_points.list(*VAULT, "Azure", container, found.name)]
    assert ";" in container
    assert len(points) == 30


async def test_a_failover_takes_its_world_time_over_http(wire: Any) -> None:
    """139.3 s and the processing of the latest point pass in a moment of the host; the job's own figures are exact."""
    options, world, base_url = wire
    world.regions.down("westeurope", world.now() - timedelta(minutes=10))
    polling = AsyncARMPolling(
        0.05,
        lro_options={"final-state-via": "azure-async-operation"},
        path_format_arguments={"endpoint": base_url},
    )
    async with SiteRecoveryManagementClient(**options) as recovery:
        body = {"properties": {"providerSpecificDetails": {"instanceType": "A2A"}}}
        items = recovery.replication_protected_items
        poller = await items.begin_unplanned_failover(*ITEM, body, polling=polling)
        await poller.result()
        item = await items.get(*ITEM)
        job = await recovery.replication_jobs.get(*ITEM[:2], item.properties.current_scenario.job_id.rsplit("/", 1)[-1])
    assert item.properties.active_location == "Recovery"
    assert job.properties.end_time - job.properties.start_time == timedelta(seconds=139.3 + 20.7)
