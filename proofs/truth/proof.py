"""The proofs that drd's figures are what happened, told for the page."""

from collections.abc import Sequence
from functools import partial

from proofs.result import Extent, Goal, Proof, Result, told
from proofs.truth.draw import SERVICES, draw
from proofs.truth.exported import LONGEST_SILENCE, SERIES, Followed, follow
from proofs.truth.over_http import CASES, SPEED, play
from proofs.truth.virtually import compare


def virtually(extent: Extent) -> Result:
    """Compare drawn cases under the virtual clock."""
    drawn = [draw(seed) for seed in range(extent.seed, extent.seed + extent.count)]
    compared = [told("truth", case, partial(compare, case)) for case in drawn]
    figures = [far for each in compared for far in each.apart.values()]
    within = sum(far <= 1.0 for far in figures)
    return Result(
        done=len(compared),
        bad=tuple(each.case for each in compared if not each.good),
        figures=(
            f"{within} of {len(figures)} figures within 1 s: in journal, API, the table of `drd run show`, evidence,"
            f" list of services and metrics; {sum(case.lost for case in drawn)} lost regions,"
            f" {sum(case.outage is not None for case in drawn)} after an earlier outage,"
            f" {sum(case.backup_before is not None for case in drawn)} with backups at a drawn instant,"
            f" {sum(bool(case.sick) for case in drawn)} with guests that came back by themselves;"
            f" waited for a person: {sum(each.waited for each in compared)} times; {', '.join(SERVICES)}"
        ),
        goals=(
            Goal(
                text=f"figures differ from what was injected by at most 1 s of world time: {max(figures):.2f} s",
                met=max(figures) <= 1.0,
            ),
        ),
        seeds=f"{extent.seed} to {extent.seed + extent.count - 1}",
    )


def over_http(extent: Extent) -> Result:
    """Compare cases over HTTP."""
    compared = []
    for each in play(extent.count):
        compared.append(each)
        told("truth over HTTP", each.case, lambda each=each: each)  # type: ignore[misc]  # a default binds the loop's case
    furthest, points = (
        max(each.furthest for each in compared),
        max((far for each in compared for far in each.points.values()), default=0.0),
    )
    count = sum(len(each.figures) + len(each.points) for each in compared)
    return Result(
        done=len(compared),
        bad=tuple(each.case for each in compared if not each.good),
        figures=f"{count} figures of {', '.join(each.case for each in compared)}",
        goals=(
            Goal(text=f"at most 1 s of host time x speed ({SPEED}) apart: {furthest:.2f} s", met=furthest <= 1.0),
            Goal(text=f"points and their ages at most 1 s of world time apart: {points:.2f} s", met=points <= 1.0),
        ),
    )


def exported(extent: Extent) -> Result:
    """Follow the exported series of drawn cases through deaths, hand-overs and jumps."""
    drawn = [draw(seed) for seed in range(extent.seed, extent.seed + extent.count)]
    followed = [told("exported", case, partial(follow, case)) for case in drawn]
    furthest = max(each.furthest for each in followed)
    inexact, changed = (sum(len(each) for each in found) for found in _faults(followed))
    most, silent = max(each.most for each in followed), max(each.silent for each in followed)
    return Result(
        done=len(followed),
        bad=tuple(each.case for each in followed if not each.good),
        figures=(
            f"{sum(len(each.apart) for each in followed)} figures held against what happened, in journal, API, table,"
            f" evidence and metrics; {sum(each.compared for each in followed)} series of {len(SERIES)} families held"
            f" against the page before a death, a hand-over or a jump: {changed} changed; series that are not the"
            f" journal's figure to the last digit: {inexact}; daemons that told at the same time: {most} at most;"
            f" {sum(case.lost for case in drawn)} lost regions"
        ),
        goals=(
            Goal(text=f"at most 1 s of world time from what was injected: {furthest:.2f} s", met=furthest <= 1.0),
            Goal(
                text=f"nobody tells for at most {LONGEST_SILENCE.total_seconds():g} s: {silent:.1f} s",
                met=silent <= LONGEST_SILENCE.total_seconds(),
            ),
        ),
        seeds=f"{extent.seed} to {extent.seed + extent.count - 1}",
    )


def _faults(followed: Sequence[Followed]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    return [each.inexact for each in followed], [each.changed for each in followed]


VIRTUAL = Proof(
    name="truth",
    tests="T30",
    promises="P8",
    says="regions are lost, points taken and guests healed at drawn instants, under the virtual clock",
    asks="every RTO and RPO that drd tells anywhere is what was injected, to 1 s",
    unit="cases",
    full=200,
    share=3,
    prove=virtually,
)
OVER_HTTP = Proof(
    name="truth-over-http",
    tests="T30",
    promises="P8",
    says="the same with real processes, sockets and files",
    asks="every figure is what was injected, to 1 s of the host",
    unit="cases",
    full=len(CASES),
    share=0,
    prove=over_http,
)
EXPORTED = Proof(
    name="exported",
    tests="T30",
    promises="P8",
    says="two daemons on one database; who moves the run and tells of the estate is killed, stopped or cut off, then"
    " come a hand-over, wrong clocks and a restart, under the virtual clock",
    asks="every exported RTO and RPO is the journal's exactly and the truth to 1 s, told by one daemon at a time",
    unit="cases",
    full=60,
    share=1,
    prove=exported,
)
