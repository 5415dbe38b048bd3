"""Azure, opened: credential, transport, clients, and every capability over them."""

from typing import TypedDict, cast

from drd.domain.errors import InvalidError
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS
from drd.ports.capabilities import Offer, Opener, OpeningTerms, Provider
from drd.ports.capacity import CAPACITY
from drd.ports.clock import Clock
from drd.ports.desktops import DESKTOPS
from drd.ports.groups import GROUPS
from drd.ports.keys import KEYS
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS, RECORDS
from drd.ports.probes import PROBES
from drd.ports.recovery_plans import RECOVERY_PLANS
from drd.ports.replication import REPLICATION
from drd.ports.rights import RIGHTS
from drd.ports.seen_jobs import SEEN_JOBS
from drd.ports.seen_machines import SEEN_MACHINES
from drd.ports.snapshots import SNAPSHOTS
from drd.ports.traffic import FENCES, TRAFFIC
from drd.ports.vault_lists import VAULT_LISTS
from drd.ports.vaults import VAULTS
from drd.providers.azure.backups import AzureBackups
from drd.providers.azure.by_id import ById
from drd.providers.azure.capacity import AzureCapacity
from drd.providers.azure.clients import Clients
from drd.providers.azure.credentials import make_credential
from drd.providers.azure.cross_region import AzureCrossRegionBackups
from drd.providers.azure.desktops import AzureDesktops
from drd.providers.azure.fences import AzureFences
from drd.providers.azure.groups import AzureGroups
from drd.providers.azure.keys import AzureKeys
from drd.providers.azure.machines import AzureMachines
from drd.providers.azure.networks import AzureNetworks
from drd.providers.azure.operations import Operations
from drd.providers.azure.private_records import PrivateRecords
from drd.providers.azure.probes import AzureProbes
from drd.providers.azure.reading import Reader
from drd.providers.azure.records import AzureRecords
from drd.providers.azure.recovery_plans import AzureRecoveryPlans
from drd.providers.azure.replication import AzureReplication
from drd.providers.azure.rest import Rest
from drd.providers.azure.rights import AzureRights
from drd.providers.azure.seen_jobs import AzureSeenJobs
from drd.providers.azure.seen_machines import AzureSeenMachines
from drd.providers.azure.sending import Sender
from drd.providers.azure.snapshots import AzureSnapshots
from drd.providers.azure.terms import AzureTerms, origin_of, parse_terms
from drd.providers.azure.traffic import AzureTraffic
from drd.providers.azure.transport import PROVIDER as NAME
from drd.providers.azure.transport import Guard, Lines, Transport
from drd.providers.azure.vault_lists import AzureVaultLists
from drd.providers.azure.vaults import AzureVaults
from drd.providers.azure.wire import Wire


class _Shared(TypedDict):
    """What most capabilities are built from."""

    clients: Clients
    reader: Reader
    sender: Sender
    operations: Operations
    clock: Clock


async def open_provider(terms: OpeningTerms) -> Provider:
    """Open Azure for one identity. Nothing is sent yet; the first request fetches the first token.

    Args:
        terms: `settings` as `drd.providers.azure.terms.parse_terms` reads them; `clock` a `drd.ports.clock.Clock`;
            `wire` a `drd.providers.azure.wire.Wire`, or None for the network.

    Raises:
        InvalidError: the settings cannot be used.
    """
    azure = parse_terms(terms.settings)
    clock = cast("Clock", terms.clock)
    lines = (
        Lines.over_network(trust_proxies=not azure.plain)
        if terms.wire is None
        else Lines.in_process(cast("Wire", terms.wire))
    )
    arm = Transport(lines=lines, guard=Guard(origins=frozenset({azure.origin})), clock=clock, terms=terms)
    signing_in = Transport(lines=lines, guard=_sign_in_guard(azure), clock=clock, terms=terms)
    try:
        credential = make_credential(azure, signing_in)
    except InvalidError:
        await lines.close()
        raise
    clients = Clients(terms=azure, credential=credential, transport=arm)

    async def close() -> None:
        await credential.close()
        await lines.close()

    return Provider(name=NAME, offers=_offers(clients, clock), close=close, expiries=lambda: credential.expiries)


def _sign_in_guard(azure: AzureTerms) -> Guard:
    """Hold sign-in to the token endpoint where the settings name one; else azure-identity knows where to go."""
    if azure.identity.kind == "managed-identity" and azure.token_endpoint:
        return Guard(origins=frozenset({origin_of(azure.token_endpoint)}))
    return Guard(origins=None)


def _offers(clients: Clients, clock: Clock) -> tuple[Offer, ...]:
    reader, sender = Reader(clock), Sender(clock)
    rest = Rest(clients=clients, reader=reader, clock=clock)
    operations = Operations(rest=rest, clock=clock)
    by_id = ById(clients=clients, reader=reader, sender=sender, rest=rest)
    shared = _Shared(clients=clients, reader=reader, sender=sender, operations=operations, clock=clock)
    return (
        VAULTS.by(AzureVaults(clients=clients, reader=reader)),
        SEEN_MACHINES.by(AzureSeenMachines(clients=clients, reader=reader)),
        KEYS.by(AzureKeys(resources=by_id)),
        VAULT_LISTS.by(AzureVaultLists(clients=clients, reader=reader, resources=by_id, clock=clock)),
        BACKUPS.by(AzureBackups(**shared)),
        CROSS_REGION_BACKUPS.by(
            AzureCrossRegionBackups(clients=clients, rest=rest, sender=sender, operations=operations, clock=clock)
        ),
        REPLICATION.by(AzureReplication(resources=by_id, operations=operations, clock=clock)),
        RECOVERY_PLANS.by(AzureRecoveryPlans(resources=by_id, operations=operations, clock=clock)),
        MACHINES.by(AzureMachines(**shared)),
        SNAPSHOTS.by(AzureSnapshots(**shared)),
        CAPACITY.by(AzureCapacity(**shared)),
        NETWORKS.by(AzureNetworks(resources=by_id, operations=operations, clock=clock)),
        PROBES.by(AzureProbes(clients=clients, reader=reader, sender=sender, rest=rest, clock=clock)),
        RECORDS.by(
            AzureRecords(clients=clients, reader=reader, sender=sender, private=PrivateRecords(resources=by_id))
        ),
        TRAFFIC.by(AzureTraffic(resources=by_id)),
        FENCES.by(AzureFences(resources=by_id, operations=operations, clock=clock)),
        GROUPS.by(AzureGroups(**shared)),
        RIGHTS.by(AzureRights(rest=rest)),
        SEEN_JOBS.by(AzureSeenJobs(clients=clients, reader=reader, resources=by_id, clock=clock)),
        DESKTOPS.by(AzureDesktops(clients=clients, reader=reader, sender=sender, clock=clock)),
    )


PROVIDER = Opener(open_provider)
