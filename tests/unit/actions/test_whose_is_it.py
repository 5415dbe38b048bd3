"""What a look finds: adopted when it is provably the step's own, else asked about; never sent beside it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.acting.sighting import LISTS_LAG
from drd.daemon.catalogue import Actions
from drd.daemon.discovery import actions
from drd.domain.canonical import Json
from drd.domain.errors import AmbiguousError, RefusedError
from drd.domain.ids import ArmId
from drd.ports.action import Absent, BoundAction, Present, StepContext, Unclear, Underway
from drd.ports.capabilities import Operation
from drd.ports.desktops import SessionHost, UserSession
from drd.ports.groups import Resource
from drd.ports.machines import ScriptResult
from drd.ports.networks import Interface
from tests.contract.actions.cases import CASES, HOST
from tests.fakes.world import World
from tests.fakes.world_desktops import WorldDesktops
from tests.fakes.world_vaults import PROTECTED, SOURCE, TESTED, WorldReplication, cloud, step_context

pytestmark = pytest.mark.anyio

CATALOGUE = Actions(actions())
THEIRS = "11111111-2222-4333-8444-555555555555"
BUSY = replace(PROTECTED, allowed=(), scenario="TestFailover", state="Protected")


class Jobs(WorldReplication):
    """A vault with one job, which names a request or none."""

    job: Operation | None = None

    async def find(
        self, item: object, *, scenario: str, since: object, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Give it."""
        return self.job


def setting(name: str) -> tuple[World, Jobs, BoundAction, StepContext]:
    """Give a world, its vault, an action of the contract suite and what it may know."""
    case, world = CASES[name], World()
    vault = Jobs(world)
    case.before(world, vault)
    context = step_context(world, cloud(world, vault), mode=case.mode, owned=case.owned, copies=case.copies)
    return world, vault, CATALOGUE.bind(name, case.values), context


def job(world: World, request: str, name: str = "job-7") -> Operation:
    """Make a job that began now."""
    started = world.clock.now()
    return Operation(kind="site-recovery", target=str(PROTECTED.id), started_at=started, request_id=request, job=name)


@pytest.mark.parametrize("request_id", ["", THEIRS])
async def test_a_job_that_began_before_anything_was_sent_is_somebody_elses(request_id: str) -> None:
    """The intent is durable and nothing has left: whoever started it, this step did not. A person may adopt it."""
    world, vault, action, context = setting("asr.test-failover")
    vault.state, vault.job = BUSY, job(world, request_id)

    seen = await action.look(context)

    assert isinstance(seen, Unclear)
    assert seen.found == vault.job
    for word in ("job-7", "vm-bz-sql-1", "rsv-neu", "Site Recovery jobs", "2026-11-22T03:00:00"):
        assert word in seen.question
    assert world.sent == []


async def test_a_job_that_names_this_steps_request_is_adopted_whatever_its_clock() -> None:
    """A reply was lost, and the service's clock is an hour behind."""
    world, vault, action, context = setting("asr.test-failover")
    early = replace(job(world, context.request_id.upper()), started_at=world.clock.now() - timedelta(hours=1))
    vault.state, vault.job = BUSY, early

    assert await action.look(replace(context, in_doubt=True)) == Underway(operation=early)


async def test_a_job_that_names_an_earlier_attempts_request_is_adopted() -> None:
    """A refusal of the first attempt said that nothing was accepted, and it was."""
    world, vault, action, context = setting("asr.test-failover")
    vault.state, vault.job = BUSY, job(world, THEIRS)

    seen = await action.look(replace(context, requests=frozenset({context.request_id, THEIRS})))

    assert seen == Underway(operation=vault.job)


async def test_a_job_that_names_no_request_is_adopted_only_in_doubt() -> None:
    """By its item and its time, as jobs of every service can be."""
    world, vault, action, context = setting("asr.failover")
    vault.state, vault.job = BUSY, job(world, "")

    assert isinstance(await action.look(replace(context, in_doubt=True)), Underway)


async def test_in_doubt_a_job_that_names_anothers_request_is_asked_about() -> None:
    """Somebody else was faster: the step's own request was refused, or waits behind it."""
    world, vault, action, context = setting("asr.failover")
    vault.state, vault.job = BUSY, job(world, THEIRS)

    seen = await action.look(replace(context, in_doubt=True))

    assert isinstance(seen, Unclear)
    assert THEIRS in seen.question
    assert seen.found == vault.job


async def test_a_job_of_another_verb_is_not_offered_for_adoption() -> None:
    """The item says which job works on it; the newest of this verb is another one, long over."""
    world, vault, action, context = setting("asr.failover")
    vault.state, vault.job = replace(BUSY, job="job-9", scenario="Resync"), job(world, "")
    later = replace(context, intended_at=world.clock.now() + timedelta(hours=2))

    seen = await action.look(later)

    assert isinstance(seen, Unclear)
    assert seen.found is None
    assert "job-9 (Resync)" in seen.question


async def test_a_test_that_somebody_else_left_open_is_refused_with_what_helps() -> None:
    """Its cleanup is its owner's: P4."""
    world, vault, action, context = setting("asr.test-failover")
    vault.state, vault.job = TESTED, job(world, THEIRS)

    with pytest.raises(RefusedError, match="TestFailoverCleanup"):
        await action.look(context)


async def test_anothers_finished_job_does_not_stand_in_the_way() -> None:
    """What is allowed may be sent."""
    world, vault, action, context = setting("asr.test-failover")
    vault.job = job(world, THEIRS)

    assert await action.look(context) == Absent()


async def test_the_absence_of_a_restore_is_proven_only_after_lists_had_their_time() -> None:
    """Nothing but the list of jobs would show it: 90 seconds are not enough for what must not be sent twice."""
    for name in ("backup.restore-disks", "backup.restore-vm", "backup.restore-original", "backup.cross-region-restore"):
        _, _, action, context = setting(name)
        assert await action.look(context) == Absent(shows_within=LISTS_LAG)


async def test_a_script_of_an_earlier_attempt_is_followed_not_run_again() -> None:
    """It outlived that attempt's deadline, or was accepted against what the answer said."""
    world, _, action, context = setting("vm.run-command")
    machine, context = next(iter(world.machines)), replace(context, requests=frozenset({context.request_id, THEIRS}))
    world.scripts[machine, f"drd-{THEIRS}"] = ScriptResult(state="Running")

    seen = await action.look(context)

    assert isinstance(seen, Underway)
    assert seen.operation.request_id == THEIRS
    world.scripts[machine, f"drd-{THEIRS}"] = ScriptResult(state="Succeeded", exit_code=0, output="done")
    assert await action.poll(context, seen.operation) == Present(outputs={"exit-code": 0, "output": "done"})

    world.scripts[machine, f"drd-{THEIRS}"] = ScriptResult(state="Succeeded", exit_code=1)
    assert await action.look(context) == Absent()


async def test_an_interface_that_is_being_made_is_not_put_again() -> None:
    """Only a failed one is."""
    world, _, action, context = setting("nic.create")
    assert isinstance(await action.act(context), Present)
    (nic,) = [each for each in world.interfaces.values() if each.tags.get("drd-run")]

    for state, wanted in (("Updating", Present), ("Failed", Absent)):
        world.interfaces[nic.id] = replace(nic, state=state)
        assert isinstance(await action.look(context), wanted)
    assert isinstance(nic, Interface)


class DeafDesktops(WorldDesktops):
    """Answers to messages are lost."""

    async def send_message(self, session: ArmId, *, title: str, text: str, request_id: str) -> None:
        """Send it, and lose the answer."""
        await super().send_message(session, title=title, text=text, request_id=request_id)
        raise AmbiguousError("lost")


async def test_people_are_told_once_though_the_answer_is_lost() -> None:
    """Their sessions end all the same; after a restart nobody is told again."""
    world, _, action, context = setting("desktop.log-off")
    for number in (3, 4):
        session = ArmId(f"{HOST}/userSessions/{number}")
        world.sessions[session] = UserSession(id=session, user=f"u{number}", state="Active")
    world.hosts[HOST] = SessionHost(id=HOST, name=HOST.name, status="Available", drained=True, sessions=3)
    desktops = next(each for each in context.provider.offers if isinstance(each.answer, WorldDesktops))
    deaf = replace(
        context.provider,
        offers=tuple(
            replace(each, answer=DeafDesktops(world)) if each is desktops else each for each in context.provider.offers
        ),
    )

    await action.act(replace(context, provider=deaf))

    told = [each for each in world.sent if "DELETE" not in each]
    assert len(told) == 3
    assert world.sessions == {}

    session = ArmId(f"{HOST}/userSessions/5")
    world.sessions[session] = UserSession(id=session, user="u5", state="Active")
    await action.act(replace(context, provider=deaf, in_doubt=True))
    assert [each for each in world.sent if "DELETE" not in each] == told


async def test_a_machine_of_the_right_name_without_the_runs_tag_is_refused() -> None:
    """Somebody else made it, or it is a relic: it is neither overwritten nor taken for done."""
    mapping: Mapping[str, Json] = CASES["vm.create"].values
    world, _, action, context = setting("vm.create")
    await action.act(context)
    made = ArmId(f"{mapping['resource-group']}/providers/Microsoft.Compute/virtualMachines/{mapping['name']}")
    world.machines[made] = replace(world.machines[made], tags={})

    for doubt in (False, True):
        with pytest.raises(RefusedError, match="not this run's"):
            await action.look(replace(context, in_doubt=doubt))
    assert made != SOURCE


async def test_a_group_that_holds_what_is_older_than_itself_is_not_deleted() -> None:
    """Somebody moved a production machine into the drill's group: it must not go with it (P4)."""
    world, _, action, context = setting("resource-group.delete")
    [group] = world.groups
    made = world.clock.now()
    context = replace(context, recorded={group: made})
    disk = Resource(id=ArmId(f"{group}/providers/Microsoft.Compute/disks/d"), location="weu", created_at=made)
    moved = replace(disk, id=SOURCE, created_at=made - timedelta(days=400))

    world.held[group] = (disk, moved)
    with pytest.raises(RefusedError, match="older than itself: vm-bz-sql-1"):
        await action.act(context)
    assert world.sent == []

    world.held[group] = (disk,)
    assert isinstance(await action.act(context), Underway)
