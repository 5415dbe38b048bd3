"""How the reaper removes one thing: looks at it once more, lets it go, and reads back that it is gone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.drill_seal import EXPIRES_TAG, RUN_TAG, STEP_TAG
from drd.domain.durations import format_instant
from drd.domain.errors import DeadlineError, DrdError, NotFoundError, RefusedError, TransientError
from drd.domain.ids import ArmId
from drd.engine.requests import request_id
from drd.ports.capabilities import Operation, Provider, Status
from drd.ports.clock import Clock
from drd.ports.groups import CLOCKS_APART, GROUPS, Group, refuse_older
from drd.ports.ledger import Entry
from drd.ports.recovery_plans import RECOVERY_PLANS
from drd.ports.replication import REPLICATION, ReplicatedItem

_DEADLINE = timedelta(minutes=30)
_ASK_EVERY = timedelta(seconds=10)
_ATTEMPTS = 100
"""A test failover is known by the request of one of so many attempts of its step."""
_SCENARIO = "TestFailover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remover:
    """Removes under the reaper's own identity. Everything may be called twice: what is gone is gone."""

    provider: Provider
    clock: Clock

    async def look_at_group(self, group: Group, *, since: datetime, entry: Entry | None = None) -> None:
        """Pass when a group may go: its tags say what the ledger says, and nothing in it is older than itself.

        Args:
            group: as it was read just now.
            since: nothing that the drill made in it is older.
            entry: what the ledger recorded before the group was made; None where a seal spoke for it.

        Raises:
            RefusedError: it may not go, with the reason as its code.
        """
        if entry is not None:
            said = {RUN_TAG: str(entry.run), STEP_TAG: str(entry.step)}
            if entry.expires_at is not None:
                said[EXPIRES_TAG] = format_instant(entry.expires_at)
            if any(group.tags.get(name) != value for name, value in said.items()):
                raise RefusedError(
                    "a resource group of this name is there, and its tags are not those of the ledger",
                    target=str(group.id),
                    hint="find out who made or changed it; only a group with the ledger's own tags is deleted",
                    code="foreign-tags",
                )
        inside = await self.provider.capability(GROUPS).resources(group.id)
        refuse_older(group.id, inside, since=since)

    async def remove_group(self, group: ArmId, run: str) -> None:
        """Delete a group with all it holds. Raises DrdError when it is still there in the end."""
        groups = self.provider.capability(GROUPS)
        found = await groups.get(group)
        if found is not None and found.state.casefold() != "deleting":
            operation = await groups.delete(group, request_id=self._request(run, group))
            if operation is not None:
                await self._end(groups.follow, operation)

        async def gone() -> bool:
            return await groups.get(group) is None

        await self._until(gone, group)

    async def test_of(self, entry: Entry) -> ReplicatedItem | None:
        """Give the item whose test failover the ledger's entry is, if that test still stands.

        Raises:
            RefusedError: a test stands, and it is another one.
        """
        item = await self._item(entry)
        if item is None or not stands(item):
            return None
        request = await self._started_by(entry, item)
        ours = {request_id(f"{entry.run}/{entry.step}/{attempt}") for attempt in range(1, _ATTEMPTS + 1)}
        if request.casefold() not in ours:
            raise RefusedError(
                f"a test failover of {item.name} stands, and nothing shows that the run of the ledger started it",
                target=str(item.id),
                hint="whoever started it cleans it up in the vault",
                code="test-failover-of-others",
            )
        return item

    async def clean_up(self, entry: Entry, item: ReplicatedItem) -> None:
        """Let Site Recovery clean a test up, and read back that none stands. Raises DrdError when one does."""
        replication = self.provider.capability(REPLICATION)
        name = self._request(str(entry.run), item.id)
        operation = await replication.clean_up_test(item, comment=f"drd reaper, run {entry.run}", request_id=name)
        await self._end(replication.follow, operation)

        async def gone() -> bool:
            now = await self._item(entry)
            return now is None or not stands(now)

        await self._until(gone, item.id)

    async def is_there(self, resource: ArmId) -> bool:
        """Say whether a resource is in its group's listing."""
        group = ArmId.parse(f"/subscriptions/{resource.subscription}/resourceGroups/{resource.resource_group}")
        return any(each.id == resource for each in await self.provider.capability(GROUPS).resources(group))

    async def _item(self, entry: Entry) -> ReplicatedItem | None:
        vault, name = entry.details.get("vault", ""), entry.details.get("item", "")
        try:
            return await self.provider.capability(REPLICATION).item(ArmId(vault), name)
        except NotFoundError:
            return None

    async def _started_by(self, entry: Entry, item: ReplicatedItem) -> str:
        """Give the request that the newest test of the item, or of its recovery plan, names; empty for none."""
        plan = entry.details.get("plan")
        since = entry.recorded_at - CLOCKS_APART
        found: Operation | None
        if plan is None:
            found = await self.provider.capability(REPLICATION).find(item, scenario=_SCENARIO, since=since)
        else:
            plans = self.provider.capability(RECOVERY_PLANS)
            found = await plans.find(await plans.get(ArmId(plan)), scenario=_SCENARIO, since=since)
        return found.request_id if found is not None else ""

    async def _end(self, follow: Callable[[Operation], Awaitable[Status]], operation: Operation) -> None:
        """Wait until an operation is over as far as it says itself. What it did is read in the world."""
        until = self.clock.now() + _DEADLINE
        while self.clock.now() < until:
            wait = _ASK_EVERY
            try:
                status = await follow(operation)
            except TransientError as error:
                wait = error.retry_after or wait
            else:
                if status.finished or not status.known:
                    return
                wait = timedelta(seconds=status.wait_seconds) if status.wait_seconds else wait
            await self.clock.sleep(wait)

    async def _until(self, gone: Callable[[], Awaitable[bool]], target: ArmId) -> None:
        until = self.clock.now() + _DEADLINE
        while True:
            try:
                if await gone():
                    return
            except TransientError:
                # Asked again: what may be gone is not yet said to be there.
                pass
            if self.clock.now() >= until:
                raise DeadlineError(
                    "it was told to go and is still there",
                    target=str(target),
                    hint="look in the portal at what keeps it; the next pass tries again",
                )
            await self.clock.sleep(_ASK_EVERY)

    def _request(self, run: str, target: ArmId) -> str:
        return request_id(f"reaper/{run}/{target.key}/{format_instant(self.clock.now())}")


def stands(item: ReplicatedItem) -> bool:
    """Say whether a test failover of the item stands."""
    return item.test_state.casefold() not in {"", "none"}


def is_locked(error: DrdError) -> bool:
    """Say whether a lock of a person keeps something."""
    return error.code == "scope-locked"
