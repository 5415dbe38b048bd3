"""Backups: what is proven of recovery points, and proving them."""

from typing import Annotated

from cyclopts import Parameter

from drd.api.wire.backups import SampleBody, VerifyBody
from drd.cli.backup_client import Backups
from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.faults import usage_error
from drd.cli.group import command_group
from drd.domain.ladder import Outcome, Rung

Wait = Annotated[bool, Parameter(name="--watch", negative="--no-wait")]
Timeout = Annotated[str | None, Parameter(env_var="DRD_TIMEOUT")]


def list_(
    *, service: str | None = None, services: Annotated[bool, Parameter(negative="")] = False, common: Common = DEFAULT
) -> int:
    """List what is proven of every item: newest point, newest proven point, highest rung, what is left of the proof.

    Args:
        service: only items of this service.
        services: a line for each service, with the least of its items.
    """
    from drd.cli.backup_view import backups_sheet, proofs_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    if services:
        with Backups.of(common) as backups:
            proofs = backups.services(common.tenant)
        emit(common, proofs, lambda: (proofs_sheet(words_of(common), proofs),))
        return Exit.OK
    with Backups.of(common) as backups, Daemon.of(common) as daemon:
        found, now = backups.list(service, common.tenant), daemon.state().now
    emit(common, found, lambda: (backups_sheet(words_of(common), found, now),))
    return Exit.OK


def show(item: str | None = None, *, run: str | None = None, common: Common = DEFAULT) -> int:
    """Show verifications, newest first.

    Args:
        item: only those of this item.
        run: only those that this run led to.
    """
    from drd.cli.backup_view import verifications_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Backups.of(common) as backups:
        found = backups.verifications(item=item, run=run, tenant=common.tenant)
    emit(common, found, lambda: (verifications_sheet(words_of(common), found),))
    return Exit.OK


def verify(
    item: str,
    *,
    to: Annotated[Rung, Parameter()] = Rung.L1,
    point: str = "newest",
    key: str = "",
    reason: str = "",
    watch: Wait = True,
    timeout: Timeout = None,
    common: Common = DEFAULT,
) -> int:
    """Verify a recovery point, up to a rung of the ladder. 7 when a rung is not proven.

    L0 and L1 look at what was collected. L2 and above restore a copy into an isolated network, ask it, and remove it.

    Args:
        item: the protected item.
        to: the highest rung: L0 exists, L1 safe, L2 readable, L3 clean, L4 boots, L5 answers, L6 useful.
        point: newest, newest-clean, or a point's id.
        key: names this one wish; the same command with the same key starts nothing twice. Made up where not given.
        reason: why; it stands in the journal.
        watch: watch the run until it is over; --no-wait ends at once, with 8.
        timeout: stop watching after this time, with 8; the run goes on.
    """
    from drd.cli.asking import new_key, seconds_of
    from drd.cli.backup_view import verifications_sheet
    from drd.cli.output import emit, tell
    from drd.cli.words import words_of

    words, seconds = words_of(common), seconds_of(timeout)
    body = VerifyBody(item=item, tenant=common.tenant, to=to, point=point, reason=reason, key=key or new_key())
    with Backups.of(common) as backups, Daemon.of(common) as daemon:
        verified = backups.verify(body)
        proofs, run = list(verified.verifications), verified.run
        if run is not None:
            tell(common, words.say("started", run=run.id))
            ended = _waited(common, daemon, run.id, seconds) if watch else Exit.UNFINISHED
            if ended in {Exit.UNFINISHED, Exit.INTERRUPTED}:
                return ended
            proofs += backups.verifications(item=item, run=run.id, tenant=common.tenant)
    proofs.sort(key=lambda each: each.rung.height)
    emit(common, proofs, lambda: (verifications_sheet(words, proofs),))
    reached = {each.rung for each in proofs if each.outcome is Outcome.PASSED}
    good = to in reached and all(each.outcome is Outcome.PASSED for each in proofs)
    return Exit.OK if good else Exit.MISSED


def _waited(common: Common, daemon: Daemon, run: str, seconds: float | None) -> Exit:
    """Wait until a run is over: as people watch it, or silently where the result is for a program."""
    from drd.cli.watching import Watch

    if common.output == "table":
        return Watch(common=common, seconds=seconds).follow(daemon, run)
    return _silently(daemon, run, seconds)


def _silently(daemon: Daemon, run: str, seconds: float | None) -> Exit:
    from drd.cli.following import Follower, Pace
    from drd.cli.outcome import is_over

    over = False
    for sight in Follower(daemon, run, Pace()).sights(seconds=seconds):
        over = is_over(sight.run)
    return Exit.OK if over else Exit.UNFINISHED


def sample(
    *,
    restores: int,
    to: Annotated[Rung, Parameter()] = Rung.L4,
    core_hours: int | None = None,
    cores: int | None = None,
    key: str = "",
    common: Common = DEFAULT,
) -> int:
    """Choose what to prove within a budget, and start it: what counts most, and some by lot. Always ends with 8.

    Args:
        restores: at most so many restores.
        to: the highest rung, from L2 on.
        core_hours: at most so many hours of cores.
        cores: at most so many cores at the same time, for all copies together.
        key: names this one wish; the same command with the same key starts nothing twice. Made up where not given.
    """
    from drd.cli.asking import new_key
    from drd.cli.backup_view import sampled_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    body = SampleBody(
        tenant=common.tenant, to=to, restores=restores, core_hours=core_hours, quota_cores=cores, key=key or new_key()
    )
    with Backups.of(common) as backups:
        chosen = backups.sample(body)
    emit(common, chosen, lambda: (sampled_sheet(words_of(common), chosen),))
    return Exit.UNFINISHED if any(each.run for each in chosen) else Exit.FAILURE


def clean_point(
    item: str,
    *,
    restores: int,
    before: str | None = None,
    examine: Annotated[bool, Parameter(negative="")] = False,
    common: Common = DEFAULT,
) -> int:
    """Search the newest clean point: tells what was found by verifications up to L3, and which point to examine next.

    0 when the newest clean point is known for certain, else 7.

    Args:
        item: the protected item.
        restores: how many restores may still be made.
        before: only points older than this instant, such as when attackers came in.
        examine: restore and examine points, one after the other, until the search is over. Begun again, it goes on.
    """
    from drd.cli.backup_view import clean_point_sheet
    from drd.cli.output import emit, tell
    from drd.cli.words import words_of

    if restores < 0:
        raise usage_error(f"{restores} restores cannot be made", "write 0 or more")
    with Backups.of(common) as backups, Daemon.of(common) as daemon:
        search = backups.clean_point(item, restores=restores, before=before, tenant=common.tenant)
        while examine and search.next is not None and restores > 0:
            body = VerifyBody(item=item, tenant=common.tenant, to=Rung.L3, point=search.next)
            run = backups.verify(body).run
            if run is not None:
                tell(common, words_of(common).say("started", run=run.id))
                _silently(daemon, run.id, None)
            restores -= 1
            search = backups.clean_point(item, restores=restores, before=before, tenant=common.tenant)
    emit(common, search, lambda: (clean_point_sheet(words_of(common), search),))
    return Exit.OK if search.exact else Exit.MISSED


BACKUP = command_group(
    "backup", "Backups: what is proven of them, and proving it.", list_, show, verify, sample, clean_point
)
