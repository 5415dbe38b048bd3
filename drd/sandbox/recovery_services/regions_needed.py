"""Which region must be up to answer an address of a vault."""

from collections.abc import Iterable

from drd.sandbox.call import Call
from drd.sandbox.recovery_services.addresses import VAULT
from drd.sandbox.state import Resource


def vault_in_path(call: Call) -> Resource:
    """Return the vault that the call's path names.

    Raises:
        ArmError: 404 `ResourceNotFound`.
    """
    return call.world.store.require(VAULT.format(**call.params))


def vault_region(call: Call) -> Iterable[str]:
    """Return the vault's own region; a vault that is not there needs none, its handler says so."""
    vault = call.world.store.get(VAULT.format(**call.params))
    return (vault.location,) if vault else ()


def paired_region(call: Call) -> Iterable[str]:
    """Return the region that is paired with the vault's: the one that answers for its secondary copies."""
    vault = call.world.store.get(VAULT.format(**call.params))
    return (call.world.regions.paired(vault.location),) if vault else ()


def region_in_path(call: Call) -> Iterable[str]:
    """Return the region that the path names."""
    return (call.params["location"],)
