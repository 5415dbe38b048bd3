"""What the identity itself may do, and which namespaces a subscription may use: two lists, read only."""

from collections.abc import Mapping

from drd.domain.grants import Grant
from drd.domain.ids import ArmId
from drd.providers.azure.body import text, texts
from drd.providers.azure.rest import Rest

_PERMISSIONS = "2022-04-01"
_PROVIDERS = "2021-04-01"


class AzureRights:
    """Answers `drd.ports.rights.Rights`.

    Permissions:
        held: `Microsoft.Authorization/permissions/read`.
        registered: `Microsoft.Resources/subscriptions/providers/read`.
    """

    def __init__(self, *, rest: Rest) -> None:
        """Take what reads lists."""
        self._rest = rest

    async def held(self, scope: ArmId) -> tuple[Grant, ...]:
        """Give the roles that the asking identity holds at a subscription or a resource group, inherited ones too."""
        found = await self._rest.pages(
            f"{scope}/providers/Microsoft.Authorization/permissions",
            what="read what the identity may do",
            target=str(scope),
            version=_PERMISSIONS,
            query={},
        )
        return tuple(Grant(actions=texts(one, "actions"), not_actions=texts(one, "notActions")) for one in found)

    async def registered(self, subscription: str) -> Mapping[str, str]:
        """Give the state of every namespace's registration, by its name in lower case."""
        found = await self._rest.pages(
            f"/subscriptions/{subscription}/providers",
            what="list the resource providers",
            target=subscription,
            version=_PROVIDERS,
            query={},
        )
        return {text(one, "namespace").casefold(): text(one, "registrationState") for one in found}
