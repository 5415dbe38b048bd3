"""T17, T18: wrong and malicious runbooks. Each is refused at its place, with a hint, before anything could run."""

import pathlib
import sys
import time
import tracemalloc

import pytest

from drd.document import Fault, Refused
from drd.runbook.loader import load
from tests.fakes.vocabulary import fake_vocabulary
from tests.unit.runbook.wrong_runbooks import CASES, HOSTILE, NOOP, steps

LIMIT_SECONDS = 0.1 if sys.gettrace() is None else 1.0  # measuring coverage makes every line several times slower


def faults_in(folder: pathlib.Path, text: str) -> tuple[Fault, ...]:
    """Write the text as `r.yaml` and read it."""
    path = folder / "r.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load(path, fake_vocabulary())
    return refused.value.faults


@pytest.mark.parametrize("name", CASES)
def test_t18_a_wrong_runbook_is_refused_at_its_place_with_a_hint(name: str, tmp_path: pathlib.Path) -> None:
    """File, line and column of the first fault, what is wrong, and what to do about it."""
    text, place, message = CASES[name]
    faults = faults_in(tmp_path, text)
    fault = faults[0]
    assert f"{fault.place.line}:{fault.place.column}" == place, [str(each) for each in faults]
    assert fault.place.file == str(tmp_path / "r.yaml")
    assert message in fault.message, str(fault)
    assert all(each.hint for each in faults)


@pytest.mark.parametrize("name", HOSTILE)
def test_t18_a_hostile_file_costs_little(name: str, tmp_path: pathlib.Path) -> None:
    """At most 100 ms of processor time (best of three: the machine is shared), and nothing is imported for it."""
    text = HOSTILE[name][0]
    faults_in(tmp_path, text)
    before = set(sys.modules)
    assert min(seconds(tmp_path, text) for _ in range(3)) <= LIMIT_SECONDS
    assert set(sys.modules) == before


def test_t18_a_hostile_file_takes_little_memory(tmp_path: pathlib.Path) -> None:
    """At most 64 MiB, whichever it is."""
    tracemalloc.start()
    try:
        for name in ("ten megabytes", "deep brackets", "many values", "alias bomb"):
            tracemalloc.reset_peak()
            faults_in(tmp_path, HOSTILE[name][0])
            assert tracemalloc.get_traced_memory()[1] <= 64 * 1024 * 1024, name
    finally:
        tracemalloc.stop()


def seconds(folder: pathlib.Path, text: str) -> float:
    """Measure the processor time of one refusal."""
    started = time.process_time()
    faults_in(folder, text)
    return time.process_time() - started


def test_there_are_enough_wrong_files() -> None:
    """The corpus only grows."""
    assert len(CASES) >= 120


def test_all_faults_of_a_file_are_found_at_once(tmp_path: pathlib.Path) -> None:
    """Nobody mends a file one fault at a time."""
    text = steps("{id: s, uses: vm.strat}", "{id: s, uses: noop, needs: [x]}", "{id: t, uses: asr.failover}") + "x: 1\n"
    places = [str(fault) for fault in faults_in(tmp_path, text)]
    assert len(places) == 1, "an unknown key alone: the rest is judged once the shape is right"
    places = [fault.message for fault in faults_in(tmp_path, text.replace("x: 1\n", ""))]
    assert len(places) >= 5


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (steps("{id: s, uses: vm.strat, with: {item: x}}"), 'did you mean "vm.start"?'),
        (steps("{id: s, uses: noop, tiemout: 5m}"), 'did you mean "timeout"?'),
        (steps("{id: s, uses: check.tcp, with: {hots: h, port: 1}}"), 'did you mean "host"?'),
        (steps("{id: a, uses: noop}", "{id: step-one, uses: noop, needs: [aa]}"), 'did you mean "a"?'),
        (NOOP.replace("drill,", "dril,"), 'did you mean "drill"?'),
        (NOOP.replace("title", "titel"), 'did you mean "title"?'),
    ],
)
def test_what_was_probably_meant_is_named(wrong: str, hint: str, tmp_path: pathlib.Path) -> None:
    """A misspelt word gets the right one as its hint."""
    assert hint in [fault.hint for fault in faults_in(tmp_path, wrong)]


def test_every_prefix_of_a_good_file_is_read_or_refused(tmp_path: pathlib.Path) -> None:
    """A file cut off anywhere (a full disk, a broken copy) never ends in anything but an answer."""
    text = steps('{id: s, uses: vm.start, for-each: {items: {role: app}}, with: {item: "${{ each.id }}"}}')
    path = tmp_path / "r.yaml"
    for end in range(0, len(text), 7):
        path.write_text(text[:end], encoding="utf-8")
        try:
            load(path, fake_vocabulary())
        except Refused as refused:
            assert all(fault.hint and fault.place.line >= 1 for fault in refused.faults)  # noqa: PT017 - both are right
