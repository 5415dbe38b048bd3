"""The sample estate in process, under a virtual clock, reached through Azure's own clients."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import CaseInsensitiveDict
from azure.mgmt.core.polling.async_arm_polling import AsyncARMPolling
from azure.mgmt.recoveryservices.aio import RecoveryServicesClient
from azure.mgmt.recoveryservicesbackup.aio import RecoveryServicesBackupClient
from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient

from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.recovery_services.addresses import backup_names
from drd.sandbox.state import GROUP_TYPE, Resource
from drd.sandbox.wire import Request

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
REPLICATED = ("rg-recovery-neu", "rsv-neu", "asr-a2a-westeurope", "asr-a2a-westeurope-container")
DRILL_NETWORK = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-drill-neu"
START = datetime(2026, 11, 20, 10, 17, 23, tzinfo=UTC)


@dataclass(slots=True)
class Time:
    """World time that moves only when told to, and what the clients asked to sleep."""

    now: datetime = START
    slept: list[float] = field(default_factory=list)

    def advance(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class InProcess(AsyncHttpTransport[Any, Any]):
    """Hands requests to the sandbox; sleeping moves world time."""

    def __init__(self, sandbox: Sandbox, time: Time) -> None:
        self.sandbox = sandbox
        self.time = time

    async def send(self, request: HttpRequest, **_options: Any) -> AsyncHttpResponseImpl:
        """Answer at once, from the sandbox."""
        content = request.content if isinstance(request.content, bytes | str) else b""
        body = content.encode() if isinstance(content, str) else content
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = self.sandbox.answer(Request(method=request.method, url=request.url, headers=headers, body=body))
        response = AsyncHttpResponseImpl(
            request=request,
            internal_response=self,
            status_code=found.status,
            reason="",
            content_type=found.headers.get("content-type", ""),
            headers=CaseInsensitiveDict(found.headers),
            stream_download_generator=None,
        )
        response._content = found.body
        return response

    async def sleep(self, duration: float) -> None:
        """Let world time pass instead."""
        self.time.slept.append(duration)
        self.time.advance(seconds=duration)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def __aexit__(self, *_failure: object) -> None:
        """Nothing to leave."""


class Bearer(AsyncHTTPPolicy[Any, Any]):
    """Sends a token of the sandbox's own, over plain HTTP."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    async def send(self, request: PipelineRequest[Any]) -> Any:
        """Add the token and go on."""
        request.http_request.headers["Authorization"] = f"Bearer {self.token}"
        return await self.next.send(request)


class NoCredential:
    """The clients want one; the policy above never asks it."""

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Fail: nobody should ask."""
        raise AssertionError

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_failure: object) -> None:
        """Nothing to leave."""


@dataclass(slots=True)
class Azure:
    """The sandbox and Azure's clients for it."""

    sandbox: Sandbox
    time: Time
    vaults: RecoveryServicesClient
    backup: RecoveryServicesBackupClient
    site_recovery: SiteRecoveryManagementClient

    def lose(self, region: str, *, ago: timedelta = timedelta(0)) -> datetime:
        """Lose a region, now or some time ago, and return the instant."""
        at = self.time.now - ago
        self.sandbox.world.regions.down(region, at)
        return at

    def add_group(self, name: str, region: str) -> str:
        """Create a resource group, and return its id."""
        group_id = f"{ROOT}/{name}"
        group = Resource(id=group_id, type=GROUP_TYPE, location=region, properties={"provisioningState": "Succeeded"})
        self.sandbox.world.store.put(group, at=self.time.now, by="test")
        return group_id

    def resource(self, group: str, kind: str, name: str) -> Resource | None:
        """Return a resource as the sandbox keeps it."""
        self.sandbox.world.settle()
        return self.sandbox.world.store.get(f"{ROOT}/{group}/providers/{kind}/{name}")

    def backed_up(self, policy: str = "") -> int:
        """Return how many machines of the estate are backed up, by one policy or by any."""
        known = [one.hidden["backed-up"] for one in self.sandbox.world.store.each() if "backed-up" in one.hidden]
        return sum(policy in {"", one.policy_name} for one in known)

    def replicated(self) -> int:
        """Return how many machines of the estate are replicated."""
        return sum("replicated" in one.hidden for one in self.sandbox.world.store.each())

    def effects(self, kind: str) -> list[dict[str, Any]]:
        """Return what the journal says was set in motion, of one kind."""
        return self.sandbox.world.journal.effects(kind)

    async def restore(
        self, machine: str, group: str, target: str, options: dict[str, Any] | None = None, **changes: Any
    ) -> Any:
        """Ask for the newest point's disks in a group, and return the headers of the 202, or what `options` give."""
        container, item = backup_names(group, machine)
        path = ("rsv-weu", "rg-recovery-weu", "Azure", container, item)
        newest = await anext(self.backup.recovery_points.list(*path))
        properties = {
            "objectType": "IaasVMRestoreRequest",
            "recoveryType": "RestoreDisks",
            "recoveryPointId": newest.name,
            "sourceResourceId": f"{ROOT}/{group}/providers/Microsoft.Compute/virtualMachines/{machine}",
            "targetResourceGroupId": f"{ROOT}/{target}",
            "storageAccountId": f"{ROOT}/rg-recovery-weu/providers/Microsoft.Storage/storageAccounts/stdrdweu",
            "region": "westeurope",
            "createNewCloudService": True,
            "originalStorageAccountOption": False,
            **changes,
        }
        poller = await self.backup.restores.begin_trigger(
            *path,
            newest.name,
            {"properties": properties},
            **{
                "polling": False,
                "cls": lambda answer, _body, _headers: dict(answer.http_response.headers),
                **(options or {}),
            },
        )
        return await poller.result()

    async def operation(self, headers: dict[str, str]) -> Any:
        """Return the status of the backup operation that a 202's headers tell of."""
        name = headers["azure-asyncoperation"].split("?")[0].rsplit("/", 1)[-1]
        return await self.backup.backup_operation_statuses.get("rsv-weu", "rg-recovery-weu", name)

    async def item(self, machine: str) -> Any:
        """Return a replicated item's properties."""
        found = await self.site_recovery.replication_protected_items.get(*REPLICATED, machine)
        return found.properties

    async def move(self, verb: str, machine: str, properties: dict[str, Any] | None = None) -> Any:
        """Start a move of a replicated item and poll the operation's own status only; return nothing of use."""
        return await self._move(REPLICATED, verb, machine, properties)

    async def move_away(self, verb: str, machine: str, properties: dict[str, Any] | None = None) -> Any:
        """Do the same with an item whose protection was switched."""
        there = (*REPLICATED[:2], "asr-a2a-northeurope", "asr-a2a-northeurope-container")
        return await self._move(there, verb, machine, properties)

    async def _move(self, where: tuple[str, ...], verb: str, machine: str, properties: dict[str, Any] | None) -> Any:
        begin = getattr(self.site_recovery.replication_protected_items, f"begin_{verb}")
        body = ({"properties": properties},) if properties is not None else ()
        poller = await begin(*where, machine, *body, polling=self.polling())
        return await poller.result()

    def polling(self) -> AsyncARMPolling:
        """Return what polls the operation's own status only."""
        return AsyncARMPolling(
            10,
            lro_options={"final-state-via": "azure-async-operation"},
            path_format_arguments={"endpoint": "http://sandbox"},
        )

    async def rest(self, method: str, path: str, version: str, body: dict[str, Any] | None = None) -> Any:
        """Send a plain request through the backup client's pipeline, and return the response."""
        request = HttpRequest(method, f"http://sandbox{path}", params={"api-version": version}, json=body)
        return await self.backup.send_request(request)


@pytest.fixture
def time() -> Time:
    """World time, on a Friday morning."""
    return Time()


@pytest.fixture
def azure(time: Time) -> Azure:
    """The sample estate with recorded durations, and three clients."""
    sandbox = build_sandbox(clock=CalledClock(tell=lambda: time.now), spread=0)
    token = sandbox.world.identities.token_for("sandbox-owner")

    def options() -> dict[str, Any]:
        return {
            "base_url": "http://sandbox",
            "credential_scopes": ["sandbox/.default"],
            "authentication_policy": Bearer(token),
            "transport": InProcess(sandbox, time),
            "retry_total": 0,
            "polling_interval": 10,
        }

    make: Callable[[Any], Any] = lambda client: client(NoCredential(), SUBSCRIPTION, **options())  # noqa: E731 - local
    return Azure(
        sandbox=sandbox,
        time=time,
        vaults=make(RecoveryServicesClient),
        backup=make(RecoveryServicesBackupClient),
        site_recovery=make(SiteRecoveryManagementClient),
    )
