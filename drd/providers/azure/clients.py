"""The SDK's clients: one of each kind and subscription, all over the one transport, none with retries of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    CustomHookPolicy,
    HeadersPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)
from azure.mgmt.compute.aio import ComputeManagementClient
from azure.mgmt.core import AsyncARMPipelineClient
from azure.mgmt.dns.aio import DnsManagementClient
from azure.mgmt.recoveryservices.aio import RecoveryServicesClient
from azure.mgmt.recoveryservicesbackup.aio import RecoveryServicesBackupClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient

from drd.providers.azure.credentials import BearerPolicy, Credential
from drd.providers.azure.listing import WholeLists
from drd.providers.azure.terms import AzureTerms
from drd.providers.azure.transport import Guard, Transport

if TYPE_CHECKING:
    from azure.mgmt.desktopvirtualization.aio import DesktopVirtualizationMgmtClient
    from azure.mgmt.resource.deployments.aio import DeploymentsMgmtClient

C = TypeVar("C")


class Clients:
    """Makes clients when they are first asked for, and keeps them."""

    def __init__(self, *, terms: AzureTerms, credential: Credential, transport: Transport) -> None:
        """Take what all clients share."""
        self._terms = terms
        self._credential = credential
        self._transport = transport
        self._made: dict[tuple[str, str], Any] = {}
        self._arm: AsyncARMPipelineClient[Any, Any] | None = None

    @property
    def endpoint(self) -> str:
        """Azure Resource Manager, without a slash at the end."""
        return self._terms.endpoint

    @property
    def guard(self) -> Guard:
        """What an address must pass before anything is made of it."""
        return Guard(origins=frozenset({self._terms.origin}))

    @property
    def arm(self) -> AsyncARMPipelineClient[Any, Any]:
        """The plain client, for what no package covers and for addresses that came in answers."""
        if self._arm is None:
            self._arm = AsyncARMPipelineClient(
                self._terms.endpoint, policies=self._policies(), transport=self._transport
            )
        return self._arm

    def vaults(self, subscription: str) -> RecoveryServicesClient:
        """Recovery Services vaults."""
        return self._get("vaults", RecoveryServicesClient, subscription)

    def backup(self, subscription: str) -> RecoveryServicesBackupClient:
        """Azure Backup."""
        return self._get("backup", RecoveryServicesBackupClient, subscription)

    def compute(self, subscription: str) -> ComputeManagementClient:
        """Machines and disks."""
        return self._get("compute", ComputeManagementClient, subscription)

    def resources(self, subscription: str) -> ResourceManagementClient:
        """Resource groups."""
        return self._get("resources", ResourceManagementClient, subscription)

    def dns(self, subscription: str) -> DnsManagementClient:
        """Public DNS zones."""
        return self._get("dns", DnsManagementClient, subscription)

    def desktops(self, subscription: str) -> "DesktopVirtualizationMgmtClient":
        """Virtual PCs. Loaded on first use: many municipalities have none."""
        from azure.mgmt.desktopvirtualization.aio import DesktopVirtualizationMgmtClient  # noqa: PLC0415 - first use

        return self._get("desktops", DesktopVirtualizationMgmtClient, subscription)

    def deployments(self, subscription: str) -> "DeploymentsMgmtClient":
        """Deployments. Loaded on first use."""
        from azure.mgmt.resource.deployments.aio import DeploymentsMgmtClient  # noqa: PLC0415 - on first use

        return self._get("deployments", DeploymentsMgmtClient, subscription)

    def _get(self, kind: str, make: Callable[..., C], subscription: str) -> C:
        key = (kind, subscription.casefold())
        if key not in self._made:
            self._made[key] = make(
                self._credential,
                subscription,
                base_url=self._terms.endpoint,
                credential_scopes=[self._terms.scope],
                policies=self._policies(),
                transport=self._transport,
            )
        return cast("C", self._made[key])

    def _policies(self) -> list[Any]:
        """Build a pipeline without retries, redirects, registration of providers, and logs of the SDK's own."""
        return [
            RequestIdPolicy(),
            HeadersPolicy(),
            UserAgentPolicy(base_user_agent="drd"),
            WholeLists(),
            ContentDecodePolicy(),
            BearerPolicy(self._credential, self._terms),
            CustomHookPolicy(),
        ]
