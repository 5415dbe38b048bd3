"""Scenarios: files that say what happens when, and what the world shows afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest

from drd.document import Refused
from drd.sandbox.scenarios import parse_scenario, scenario_schema, shipped, shipped_names

ROOT = Path(__file__).parents[3]
HEAD = "drd: scenario/v1\ntitle: {nl: Proef}\nabout: {nl: Een proef}\nsteps:\n"
VM = "rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1?api-version=2025-04-01"


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        ("  - {at: 5m}\n", "proef.yaml:5:5", "a step does one thing, found none"),
        ("  - {region-up: a, clear-faults: true}\n", "proef.yaml:5:5", "found region-up and clear-faults"),
        ("  - {at: later, region-up: a}\n", "proef.yaml:5:10", "not a length of time"),
        ("  - {fault: {kind: throtle}}\n", "proef.yaml:5:20", 'there is no kind "throtle"'),
        ("  - {fault: {kind: hang, exit-code: 1}}\n", "proef.yaml:5:26", "means nothing to the kind hang"),
        ("  - {region-down: {mode: hang}}\n", "proef.yaml:5:6", 'the key "region" is missing'),
        ("  - {regiondown: {region: a}}\n", "proef.yaml:5:6", 'unknown key "regiondown"'),
        ("  - {call: {method: GRAB, path: /a, api-version: 2024-01-01, identity: a}}\n", "proef.yaml:5:21", "GRAB"),
        ("  []\n", "proef.yaml:5:3", "nothing happens"),
    ],
)
def test_a_mistake_in_a_scenario_is_shown_where_it_stands(lines: str, place: str, said: str) -> None:
    """File, line and column, from 1, with a hint."""
    with pytest.raises(Refused) as refused:
        parse_scenario(HEAD + lines, "proef.yaml")

    (found,) = refused.value.faults
    assert (str(found.place), bool(found.hint)) == (place, True)
    assert said in found.message


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("  - {poison: [vm-bz-sql-1, vm-bz-sql-9]}\n", 'proef.yaml:6:28: there is no machine "vm-bz-sql-9"'),
        ("  - {guest: {machine: vm-nergens, healthy: false}}\n", "proef.yaml:6:23: no guest runs in"),
        ("  - {delete: {resource: rg-nergens}}\n", "proef.yaml:6:25: nothing is called"),
    ],
)
def test_a_scenario_that_names_what_is_not_there_does_nothing_at_all(bench: Any, lines: str, said: str) -> None:
    """Not even the step before the wrong one."""
    text = HEAD + "  - {region-down: {region: westeurope}}\n" + lines
    answer = bench.send("POST", "/_sandbox/scenarios", {"text": text, "file": "proef.yaml"})

    assert (answer.status, answer.json()["error"]["code"]) == (400, "InvalidScenario")
    assert said in answer.json()["error"]["message"]
    assert bench.built.world.regions.lost() == {}
    assert bench.built.world.journal.entries == []


def test_steps_happen_at_their_offsets_in_world_time_and_are_journaled(bench: Any) -> None:
    """Whatever the clock; a step that is due between two calls happened in between."""
    text = HEAD + (
        "  - {fault: {kind: throttle, resource: vm-db-1, for: 5m}}\n"
        "  - {at: 10m, region-down: {region: westeurope, mode: refused, since: -2m}}\n"
        "  - {at: 20m, region-up: westeurope}\n"
        "  - {at: 20m, guest: {machine: vm-bz-app-1, healthy: false}}\n"
    )
    started = bench.send("POST", "/_sandbox/scenarios", {"text": text, "file": "proef.yaml"}).json()
    statuses = []
    for _ in range(5):
        found = bench.send("GET", VM)
        statuses.append("reset" if found.reset else found.status)
        bench.advance(minutes=5)

    assert [step["does"] for step in started["steps"]] == ["fault", "region-down", "region-up", "guest"]
    assert statuses == [429, 200, "reset", "reset", 200]
    happened = [one for one in bench.built.world.journal.entries if one.operation == "scenario"]
    assert [f"{one.at:%H:%M} {one.path}" for one in happened] == [
        "09:00 proef: fault",
        "09:10 proef: region-down",
        "09:20 proef: region-up",
        "09:20 proef: guest",
    ]
    assert happened[1].effects == ({"kind": "scenario.region-down", "region": "westeurope", "mode": "refused"},)


def test_a_call_goes_out_once_for_each_subscription_under_its_identity(bench: Any) -> None:
    """And is in the journal like anybody's."""
    path = "/subscriptions/{subscription}/resourceGroups"
    call = f"method: GET, path: {json.dumps(path)}, api-version: 2021-04-01, identity: sandbox-owner, times: 2"
    text = HEAD + f"  - call: {{{call}}}\n"
    bench.send("POST", "/_sandbox/scenarios", {"text": text})

    first, second, step = bench.built.world.journal.entries
    assert {(one.method, one.status, one.identity) for one in (first, second)} == {("GET", 200, "sandbox-owner")}
    assert step.effects[0]["statuses"] == {"200": 2}


def test_what_ships_is_listed_and_an_unknown_name_is_refused_with_the_known_ones(bench: Any) -> None:
    """Each has a title in three languages and says what it is for."""
    listed = bench.send("GET", "/_sandbox/scenarios").json()["scenarios"]
    refused = bench.send("POST", "/_sandbox/scenarios", {"name": "ransomwere"})

    assert [one["name"] for one in listed] == shipped_names()
    assert all(set(one["title"]) == set(one["about"]) == {"nl", "en", "fr"} for one in listed)
    assert refused.status == 404
    assert "ransomware" in refused.json()["error"]["message"]


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_scenario_can_be_read_and_played_on_the_sample(bench: Any, name: str) -> None:
    """So it names what there is."""
    assert shipped(name).file.steps
    assert bench.send("POST", "/_sandbox/scenarios", {"name": name}).status == 201


def test_the_schema_of_scenarios_is_the_committed_one() -> None:
    """Editors show what the sandbox accepts."""
    committed = json.loads((ROOT / "docs" / "schema" / "scenario-v1.schema.json").read_text())
    assert committed == scenario_schema()
