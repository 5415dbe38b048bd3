"""The protection of the sample estate `voorbeeld`: two vaults, what they hold, and a third that nobody looks after."""

from datetime import timedelta

from drd.sandbox.recovery_services.backup_schedule import Consistency, DailyBackup
from drd.sandbox.recovery_services.machines import Place
from drd.sandbox.recovery_services.protection import add_backup_policy, add_vault, back_up, pair_regions, replicate
from drd.sandbox.recovery_services.vaults import PLAIN_PROPERTIES, posture
from drd.sandbox.world import World

_HOME, _RECOVERY = "westeurope", "northeurope"
_NIGHTLY, _EVENING = "pol-vm-nacht", "pol-vm-avond"

_POLICIES = {
    _NIGHTLY: DailyBackup(at=timedelta(hours=1, minutes=30), secondary_lag=timedelta(hours=6)),
    _EVENING: DailyBackup(
        at=timedelta(hours=20), secondary_lag=timedelta(hours=9), consistency=Consistency.FILE_SYSTEM
    ),
}

_MACHINES = (
    ("vm-id-1", "rg-identiteit", "10.2.1.11", _NIGHTLY),
    ("vm-id-2", "rg-identiteit", "10.2.1.12", _NIGHTLY),
    ("vm-db-1", "rg-databank", "10.2.1.21", _NIGHTLY),
    ("vm-db-2", "rg-databank", "10.2.1.22", _NIGHTLY),
    ("vm-bz-sql-1", "rg-burgerzaken", "10.2.1.31", _NIGHTLY),
    ("vm-bz-app-1", "rg-burgerzaken", "10.2.1.41", _NIGHTLY),
    ("vm-bz-app-2", "rg-burgerzaken", "10.2.1.42", _NIGHTLY),
    ("vm-bv-app-1", "rg-besluitvorming", "", _EVENING),
)
"""Name, group, address after a failover (none: not replicated), backup policy."""


def plant(world: World, subscription: str = "00000000-0000-0000-0000-000000000001") -> None:
    """Add the vaults of the sample estate and put its machines under protection; the machines have to be there.

    Raises:
        ArmError: 404, a machine of the estate is missing.
    """
    root = f"/subscriptions/{subscription}/resourceGroups"
    home = add_vault(world, _vault(root, "weu"), _HOME, posture(cross_region_restore=True))
    away = add_vault(world, _vault(root, "neu"), _RECOVERY, posture())
    # Made long ago and never touched: it shows none of the posture fields.
    add_vault(world, _vault(root, "neu", "rsv-oud"), _RECOVERY, PLAIN_PROPERTIES)
    for name, policy in _POLICIES.items():
        add_backup_policy(world, home, name, policy)
    pair_regions(world, away, _HOME, _RECOVERY)
    for name, group, address, policy_name in _MACHINES:
        machine = world.store.require(f"{root}/{group}/providers/Microsoft.Compute/virtualMachines/{name}")
        back_up(world, home, machine, policy_name)
        if address:
            place = Place(
                group_id=f"{root}/{group}-neu",
                region=_RECOVERY,
                network_id=f"{root}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-neu",
                subnet="snet-servers",
                address=address,
            )
            replicate(world, away, machine, place)


def _vault(root: str, side: str, name: str = "") -> str:
    return f"{root}/rg-recovery-{side}/providers/Microsoft.RecoveryServices/vaults/{name or f'rsv-{side}'}"
