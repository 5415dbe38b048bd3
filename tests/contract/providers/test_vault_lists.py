"""What vaults tell by whole lists, as each provider reads it."""

from datetime import time, timedelta

import pytest

from drd.domain.backup_policy import BackupPolicy, Keeping, Times
from drd.domain.errors import NotFoundError
from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS
from drd.ports.vault_lists import VAULT_LISTS
from tests.contract.providers.stage import Stage

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def test_a_vault_tells_its_policies_and_what_they_keep(stage: Stage) -> None:
    """By one list, of Azure Backup and of Site Recovery alike."""
    lists = stage.provider.capability(VAULT_LISTS)

    kept = await lists.policies(stage.backup_vault, Mechanism.BACKUP)
    replicated = await lists.policies(stage.replication_vault, Mechanism.SITE_RECOVERY)

    assert "AzureIaasVM, Daily, kept 30 days" in {each.about for each in kept}
    nightly = Times(at=(time(1, 30),), zone="UTC")
    assert {each.name: each.policy for each in kept}["pol-vm-nacht"] == BackupPolicy(
        times=nightly, keeps=(Keeping(days=30),), instant_days=2
    )
    backups = await stage.provider.capability(BACKUPS).items(stage.backup_vault)
    assert {each.policy for each in backups} == {"pol-vm-nacht", "pol-vm-avond"}
    assert [each.about for each in replicated] == ["A2A, kept 1440 minutes"]


async def test_a_vault_tells_the_jobs_of_the_last_day(stage: Stage) -> None:
    """Newest first, by one list a vault, read page by page; none is older than was asked for."""
    lists, since = stage.provider.capability(VAULT_LISTS), stage.clock.now() - DAY
    before = len(stage.sandbox.world.journal.entries)

    jobs = await lists.jobs(stage.backup_vault, Mechanism.BACKUP, since=since)

    asked = [each.operation for each in list(stage.sandbox.world.journal.entries)[before:]]
    times = [each.at for each in jobs if each.at is not None]
    assert jobs
    assert all(each.state == "Completed" and each.about.startswith("Backup") for each in jobs)
    assert times == sorted(times, reverse=True)
    assert all(since <= time <= stage.clock.now() for time in times)
    assert asked.count("Microsoft.RecoveryServices/vaults/backupJobs/read") == -(-len(jobs) // 3)
    assert await lists.jobs(stage.replication_vault, Mechanism.SITE_RECOVERY, since=since) == ()


async def test_a_vault_that_is_not_there_is_no_empty_list(stage: Stage) -> None:
    """Nothing may be concluded from it."""
    gone = ArmId(f"{stage.backup_vault}-gone")

    with pytest.raises(NotFoundError):
        await stage.provider.capability(VAULT_LISTS).policies(gone, Mechanism.BACKUP)
    with pytest.raises(NotFoundError):
        await stage.provider.capability(VAULT_LISTS).jobs(gone, Mechanism.SITE_RECOVERY, since=stage.clock.now() - DAY)
