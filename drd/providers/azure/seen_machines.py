"""The machines of a subscription, by one list."""

from drd.ports.seen_machines import SeenMachine
from drd.providers.azure.body import arm_id, plain, tags, text
from drd.providers.azure.clients import Clients
from drd.providers.azure.reading import Reader


class AzureSeenMachines:
    """Answers `drd.ports.seen_machines.SeenMachines`. Permissions: `Microsoft.Compute/virtualMachines/read`."""

    def __init__(self, *, clients: Clients, reader: Reader) -> None:
        """Take the clients and what asks again."""
        self._clients = clients
        self._reader = reader

    async def list(self, subscription: str) -> tuple[SeenMachine, ...]:
        """Give every machine of a subscription that the identity may read."""
        client = self._clients.compute(subscription).virtual_machines
        found = await self._reader.read_all(
            client.list_all, what="list the machines", target=f"/subscriptions/{subscription}"
        )
        bodies = [plain(each) for each in found]
        return tuple(
            SeenMachine(id=machine, location=text(body, "location").casefold().replace(" ", ""), tags=tags(body))
            for body in bodies
            if (machine := arm_id(body, "id")) is not None
        )
