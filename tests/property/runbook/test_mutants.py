"""T17: what ships, damaged in every way: the answer is a plan, or faults with their place. Never anything else."""

import copy
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drd.document import Refused, parse
from drd.domain.errors import InvalidError
from drd.domain.plan import Mode
from drd.ports.runbooks import PlanWish
from drd.runbook.loader import loaded
from drd.runbook.shelf import Shelf
from drd.settings.catalogue import read_catalogue
from drd.settings.services import read_services
from drd.settings.settings import read_settings
from tests.architecture.source import ROOT
from tests.vocabulary import real_checks, real_vocabulary

RUNBOOKS = ["burgerzaken", "besluitvorming", "minimale-dienstverlening"]
ODD = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        10**14,
        10**17,
        1.5,
        "",
        " ",
        "x",
        "no",
        "${{ inputs.x }}",
        "${{ each.id }}",
        "${{ steps.go.id }}",
        "${{ steps.failover.address }}",
        "${{ x",
        "5m",
        "../../etc/passwd",
        [],
        {},
        ["a"],
        [[]],
        {"items": {}},
        {"nl": 1},
        {"uses": "noop"},
        "vm.start",
        "approve",
        "runbook",
        "check.tcp",
        "drill",
        "failback",
    ]
)
CAREFUL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the path of every part but the root."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in parts:
        yield (*path, step)
        yield from places(inner, (*path, step))


def damaged(value: Any, draw: st.DataObject) -> str:
    """Change, drop or double one part, or rename a key; give the whole as text."""
    whole = copy.deepcopy(value)
    path = draw.draw(st.sampled_from(list(places(whole))))
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    last, how = path[-1], draw.draw(st.sampled_from(["change", "drop", "double", "rename"]))
    if how == "drop":
        del holder[last]
    elif how == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[last]))
    elif how == "rename" and isinstance(last, str):
        holder[f"{last}x"] = holder.pop(last)
    else:
        holder[last] = draw.draw(ODD)
    return json.dumps(whole, indent=1, ensure_ascii=False)


def faults_have_places(refused: Refused) -> None:
    """Every fault says where and what to do."""
    assert refused.faults
    assert all(fault.place.line >= 1 and fault.place.column >= 1 and fault.hint for fault in refused.faults)
    assert all(fault.rendered() for fault in refused.faults)


def shipped(path: str) -> Any:
    """Read a shipped file as plain data."""
    return parse((ROOT / path).read_text(encoding="utf-8"), path).value


@pytest.mark.parametrize("name", RUNBOOKS)
@CAREFUL
@given(draw=st.data())
def test_t17_a_damaged_runbook_is_planned_or_refused(name: str, draw: st.DataObject, tmp_path: pathlib.Path) -> None:
    """Loading, and planning in both modes."""
    text = damaged(shipped(f"runbooks/{name}.yaml"), draw)
    try:
        loaded(parse(text, f"{name}.yaml"), name, real_vocabulary())
    except Refused as refused:
        faults_have_places(refused)
        return
    for other in (ROOT / "runbooks").glob("*.yaml"):
        (tmp_path / other.name).write_bytes(other.read_bytes())
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    shelf = Shelf(tmp_path, real_vocabulary(), read_services(ROOT / "config" / "catalogue", real_checks()))
    for mode in (Mode.DRILL, Mode.FAILOVER):
        try:
            wish = PlanWish(runbook=name, tenant=None, mode=mode)  # type: ignore[arg-type] # the id of a test
            assert len(shelf.plan(wish).hash()) == 64
        except InvalidError as error:
            assert error.faults  # noqa: PT017 - both ways are right


@CAREFUL
@given(draw=st.data())
def test_t17_a_damaged_catalogue_is_read_or_refused(draw: st.DataObject, tmp_path: pathlib.Path) -> None:
    """Never half a catalogue."""
    path = tmp_path / "voorbeeld.yaml"
    path.write_text(damaged(shipped("config/catalogue/voorbeeld.yaml"), draw), encoding="utf-8")
    try:
        assert read_catalogue(path, real_checks()).tenant.services
    except Refused as refused:
        faults_have_places(refused)


@CAREFUL
@given(draw=st.data())
def test_t17_damaged_settings_are_read_or_refused(draw: st.DataObject, tmp_path: pathlib.Path) -> None:
    """Never half the settings."""
    path = tmp_path / "drd.yaml"
    path.write_text(damaged(shipped("config/drd.yaml"), draw), encoding="utf-8")
    try:
        assert read_settings(path, {}).shown
    except Refused as refused:
        faults_have_places(refused)


@pytest.mark.parametrize("path", ["runbooks/netwerk.yaml", "config/drd.yaml"])
@CAREFUL
@given(place=st.integers(0, 3000), text=st.text(alphabet="ab:-?[]{},&*!|>'\"# \n\t<\x00", min_size=1, max_size=4))
def test_t17_a_file_with_a_slip_of_the_keyboard_is_read_or_refused(path: str, place: int, text: str) -> None:
    """Any few characters typed anywhere."""
    whole = (ROOT / path).read_text(encoding="utf-8")
    at = place % len(whole)
    try:
        document = parse(whole[:at] + text + whole[at:], path)
        if path.startswith("runbooks"):
            loaded(document, "netwerk", real_vocabulary())
    except Refused as refused:
        faults_have_places(refused)
