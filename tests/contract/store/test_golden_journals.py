"""Journals that older versions wrote, kept as data: today's code reads in them exactly what was read then."""

import hashlib
from pathlib import Path

import pytest

from drd.domain.events import FORMAT, Kind, first_broken
from drd.domain.figures import FigureFold
from drd.domain.ids import RunId
from drd.domain.progress import fold
from tests.golden import keeping, making
from tests.golden.__main__ import DIGESTS

ALL = pytest.mark.parametrize("path", list(keeping.kept()), ids=lambda path: path.stem)


def test_what_was_kept_was_never_written_again() -> None:
    """A golden journal that is made anew proves nothing; new ones are added beside the old."""
    digests = (keeping.FOLDER / DIGESTS).read_text("utf-8").splitlines()
    told = {name: digest for digest, name in (line.split() for line in digests)}

    assert told == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in keeping.kept()}


def test_journals_of_every_form_are_kept() -> None:
    """A new form needs golden journals of its own before it is released."""
    forms = {event.format for path in keeping.kept() for event in keeping.read(path).events}

    assert forms == set(range(1, FORMAT + 1))


@ALL
def test_the_chain_of_a_kept_journal_holds(path: Path) -> None:
    """Hashes cover the form that each event was written in."""
    golden = keeping.read(path)

    assert {run: first_broken(golden.of(run)) for run in golden.cards} == dict.fromkeys(golden.cards)
    assert {digest: plan.hash() for digest, plan in golden.plans.items()} == {each: each for each in golden.plans}


@ALL
def test_a_kept_journal_folds_to_what_it_meant(path: Path) -> None:
    """States, attempts, outputs, failures, questions, and the figures of the end, at the end and at each moment."""
    golden = keeping.read(path)
    for run, card in golden.cards.items():
        plan, events = golden.plans[card.plan_hash], golden.of(run)
        assert making.told(fold(plan, events)) == golden.expected[run]
        for moment in golden.moments:
            if run in moment["durable"]:
                until = golden.of(run, up_to=moment)
                assert making.told(fold(plan, until)) == moment["states"][run]
        assert _figures(golden, run) == events[-1].payload["figures"]
        assert events[-1].kind is Kind.RUN_FINISHED


def _figures(golden: keeping.Golden, run: RunId) -> object:
    figures = FigureFold(golden.plans[golden.cards[run].plan_hash])
    for event in golden.of(run)[:-1]:
        figures.apply(event)
    return figures.figures().to_json()
