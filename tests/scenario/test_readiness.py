"""Readiness of the sample municipality: nothing is wrong with it, and each code fires on a defect that is planted."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

import pytest

from drd.domain.codes_of_estate import CODES_OF_ESTATE
from drd.domain.codes_of_runbooks import CODES_OF_RUNBOOKS
from drd.domain.errors import ForbiddenError, NotFoundError, TransientError
from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.domain.plan import Mode
from drd.operations.list_findings import FindingWish
from proofs.stage import CRISIS, STARTER, TENANT, Stage, virtually
from tests.fakes.readiness_seeds import SEEDS
from tests.fakes.readiness_stage import BURGERZAKEN, Looked, withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one stage showed.

    Attributes:
        sound: codes of the sample as it is. fired: codes by seed.
        sent: method, identity and path of each request to Azure of one evaluation.
        by_hand: services and runbooks that a check of one runbook told of, since when, and when it was first looked.
        blind: codes, and whether services are ready, an hour after the standing identity lost its rights.
    """

    sound: frozenset[str]
    fired: Mapping[str, frozenset[str]]
    sent: list[tuple[str, str, str]]
    by_hand: tuple[set[tuple[str | None, str | None]], set[datetime | None], datetime]
    blind: tuple[set[str], set[str]]


@cache
def played() -> Played:
    """Play everything that needs no drill on one stage."""
    return virtually(_play)


async def _play(stage: Stage) -> Played:
    await stage.world.installation.collect()
    before, resources = len(stage.entries()), stage.resources()
    await stage.world.installation.readiness()
    sent = [(each["method"], each["identity"], each["path"]) for each in stage.entries(before) if _to_azure(each)]
    assert stage.resources() == resources
    by_hand = await _by_hand(stage)
    looked = await Looked.at(stage)
    return Played(
        sound=frozenset([each.code for matter in looked.matters for each in await looked.judged(matter)]),
        fired={code: frozenset([each.code for each in await seed(looked)]) for code, seed in SEEDS.items()},
        sent=sent,
        by_hand=by_hand,
        blind=await _blinded(stage),
    )


def _to_azure(entry: Mapping[str, object]) -> bool:
    return not str(entry["operation"]).startswith(("guest", "token"))


async def _by_hand(stage: Stage) -> tuple[set[tuple[str | None, str | None]], set[datetime | None], datetime]:
    readiness, first = stage.world.installation.readiness, stage.world.clock.now()
    await stage.world.clock.sleep(timedelta(minutes=20))
    await stage.world.installation.collect()
    looking = asyncio.create_task(readiness.check(STARTER, None, RunbookId("netwerk")))
    await asyncio.sleep(0)
    with pytest.raises(ForbiddenError):
        await readiness.check(CRISIS, None, None)
    with pytest.raises(NotFoundError):
        await readiness.check(STARTER, None, RunbookId("nergens"))
    assert not looking.done(), "a name typed wrongly waited for a look at everything"
    found = await looking
    assert not await readiness.if_changed()
    return {(each.service, each.runbook) for each in found}, {each.since for each in found}, first


async def _blinded(stage: Stage) -> tuple[set[str], set[str]]:
    installation = stage.world.installation
    withdrawn(stage, "drd-standing")
    await stage.world.clock.sleep(timedelta(hours=1))
    with contextlib.suppress(TransientError):
        await installation.collect()
    await installation.readiness()
    use = installation.use_cases.list_findings
    found = await use.list(STARTER, FindingWish(service=ServiceId(BURGERZAKEN)))
    return {each.code for each in found}, {each.answer.value for each in (await use.ready(STARTER)).values()}


def test_nothing_is_wrong_with_the_sample_but_that_it_was_never_drilled() -> None:
    """No code fires without a cause."""
    assert played().sound == {"never-drilled"}


@pytest.mark.parametrize("code", sorted({each.code for each in (*CODES_OF_RUNBOOKS, *CODES_OF_ESTATE)} | SEEDS.keys()))
def test_every_code_fires_on_a_planted_defect(code: str) -> None:
    """One that never fired would be a promise that nobody keeps."""
    assert code in played().fired[code]


def test_an_evaluation_changes_nothing_and_costs_a_few_lists() -> None:
    """Of the whole municipality: no request that changes anything, and no question that is asked twice.

    A vault is asked by the same path for its own region and for the paired one.
    """
    sent = played().sent

    assert {method for method, _, _ in sent} == {"GET"}
    assert max(Counter(sent).values()) <= 2
    lists = Counter(path.rsplit("/", 1)[-1].casefold() for _, _, path in sent)
    wanted = {"skus": 1, "usages": 1, "providers": 1, "permissions": 2, "replicationprotecteditems": 1}
    assert {name: lists[name] for name in wanted} == wanted
    assert len(sent) <= 40


def test_looking_again_by_hand_tells_one_runbook_and_its_service() -> None:
    """Only who may act may have requests sent; what is found keeps since when."""
    about, since, first = played().by_hand

    assert about == {("netwerk", "netwerk")}
    assert all(each is not None and each <= first for each in since)


def test_a_vault_without_rights_is_never_shown_as_good() -> None:
    """What was seen before grows old; then everything about it is unknown, and no service in it is ready."""
    codes, answers = played().blind

    assert {"protection-unknown", "recovery-points-unknown", "replication-unknown", "rights-unknown"} <= codes
    assert "yes" not in answers


def test_a_green_drill_verifies_a_runbook_until_a_plan_changes() -> None:
    """And a service is ready when nothing else speaks against it."""

    async def play(stage: Stage) -> list[tuple[str, str, int]]:
        installation, book, seen = stage.world.installation, stage.world.store.plan_book, []
        use = installation.use_cases.list_findings

        async def look() -> None:
            await installation.collect()
            await installation.readiness()
            status = (await use.statuses(STARTER))[RunbookId("netwerk")]
            ready = (await use.ready(STARTER))[TenantId(TENANT), ServiceId("netwerk")]
            seen.append((status.value, ready.answer.value, ready.findings))

        await look()
        card = await stage.start("netwerk", Mode.DRILL, lost=False)
        await stage.until_settled(card.id)
        await look()
        standing = [replace(each, hash="x") if each.mode is Mode.FAILOVER else each for each in await book.standing()]
        await book.note(TenantId(TENANT), standing, stage.world.clock.now())
        await look()
        return seen

    assert virtually(play) == [("never-drilled", "no", 1), ("verified", "yes", 0), ("changed", "no", 1)]
