"""Files and requests with faults: each mistake has its place and a hint, and nothing is ordered."""

import json
from pathlib import Path
from typing import Any

import pytest

from drd.document import Refused
from drd.sandbox.faults.reading import fault_schema, parse_faults

ROOT = Path(__file__).parents[3]
HEAD = "drd: fault/v1\nfaults:\n"


def mistakes(lines: str) -> list[tuple[str, str]]:
    """Give the place and the message of each mistake in a file with one fault."""
    with pytest.raises(Refused) as refused:
        parse_faults(HEAD + lines, "storm.yaml")
    assert all(each.hint for each in refused.value.faults)
    return [(str(each.place), each.message) for each in refused.value.faults]


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        ("  - kind: throtle\n", "storm.yaml:3:11", 'there is no kind "throtle"'),
        ("  - kind: throttle\n    regoin: westeurope\n", "storm.yaml:4:5", 'unknown key "regoin"'),
        ("  - {kind: throttle, count: 0}\n", "storm.yaml:3:29", "greater than or equal to 1"),
        ('  - {kind: throttle, count: "3"}\n', "storm.yaml:3:29", "expected a whole number"),
        ("  - {kind: throttle, probability: 1.5}\n", "storm.yaml:3:35", "less than or equal to 1"),
        ("  - {kind: throttle, for: soon}\n", "storm.yaml:3:27", "not a length of time"),
        ("  - {kind: throttle, from: gisteren}\n", "storm.yaml:3:28", "not an instant"),
        ("  - {kind: throttle, from: 2026-11-20T09:00:00}\n", "storm.yaml:3:28", "without its offset"),
        ("  - {kind: throttle, until: +1h, for: 2h}\n", "storm.yaml:3:34", "both `until` and `for`"),
        ("  - {kind: throttle, exit-code: 3}\n", "storm.yaml:3:22", '"exit-code" means nothing to the kind throttle'),
        ("  - {kind: token-expired, operation: x}\n", "storm.yaml:3:27", '"operation" means nothing'),
        ("  - {kind: region-down, mode: refused}\n", "storm.yaml:3:5", "which region"),
        ("  - {kind: region-down, region: westeurope, mode: gone}\n", "storm.yaml:3:51", '"gone" is not allowed here'),
        ("  - {kind: region-down, region: westeurope, count: 2}\n", "storm.yaml:3:45", '"count" means nothing'),
        ("  - kind:\n", "storm.yaml:3:5", '"kind" is left blank'),
        ("  - throttle\n", "storm.yaml:3:5", "expected a mapping"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(lines: str, place: str, said: str) -> None:
    """File, line and column, from 1."""
    found = mistakes(lines)

    assert [each for each, _ in found] == [place]
    assert said in found[0][1]


def test_every_mistake_of_a_file_is_shown_at_once() -> None:
    """Nobody mends a file one mistake at a time."""
    found = mistakes("  - {kind: throtle}\n  - {kind: hang, count: -1}\n  - {mode: hang, kinds: x}\n")

    assert [place for place, _ in found] == ["storm.yaml:3:12", "storm.yaml:4:25", "storm.yaml:5:18"]


def test_a_window_that_ends_before_it_begins_is_a_mistake() -> None:
    """Both instants are shown by the later key."""
    lines = "  - kind: throttle\n    from: 2026-11-20T09:00:00Z\n    until: 2026-11-20T08:00:00Z\n"
    assert mistakes(lines) == [("storm.yaml:5:5", "it is over before it begins")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "throtle"}, 'did you mean "throttle"?'),
        ({"stauts": 500}, 'did you mean "status"?'),
        ({"kind": "hang", "exit-code": 3}, "it takes"),
        ({"faults": [{"kind": "hang"}, {"kind": "throttle", "probability": 0}]}, "greater than 0"),
        ({"text": HEAD + "  - {kind: hang}\n  - {kind: throtle}\n", "file": "mine.yaml"}, "mine.yaml:4:12"),
        ({"text": "drd: fault/v2\nfaults: []\n", "file": "mine.yaml"}, "mine.yaml:1:6"),
    ],
)
def test_a_wrong_request_orders_nothing(bench: Any, body: dict[str, Any], said: str) -> None:
    """Not even those that were right."""
    answer = bench.send("POST", "/_sandbox/faults", body)

    assert answer.status == 400
    assert answer.json()["error"]["code"] == "InvalidFault"
    assert said in answer.json()["error"]["message"]
    assert bench.send("GET", "/_sandbox/faults").json() == {"faults": []}


def test_a_file_is_ordered_listed_and_withdrawn(bench: Any) -> None:
    """With what it struck so far."""
    text = HEAD + "  - {kind: throttle, resource: vm-db-1, for: 10m}\n  - {kind: slow, seconds: 2, from: +1h}\n"
    ordered = bench.send("POST", "/_sandbox/faults", {"text": text, "file": "storm.yaml"})
    bench.send("GET", f"{VM}?api-version=2025-04-01")

    assert ordered.json() == {"faults": 2, "ids": ["fault-1", "fault-2"]}
    first, second = bench.send("GET", "/_sandbox/faults").json()["faults"]
    assert (first["kind"], first["state"], first["struck"], first["resource"]) == ("throttle", "standing", 1, "vm-db-1")
    assert first["until"] == "2026-11-20T09:10:00.000000Z"
    assert (second["kind"], second["state"], second["struck"]) == ("slow", "waiting", 0)

    bench.advance(minutes=10)
    assert bench.send("GET", "/_sandbox/faults").json()["faults"][0]["state"] == "over"
    assert bench.send("DELETE", "/_sandbox/faults/fault-1").json() == {"faults": 1}
    assert bench.send("DELETE", "/_sandbox/faults/fault-1").status == 404
    assert bench.send("DELETE", "/_sandbox/faults").json() == {"faults": 0}


def test_the_schema_of_fault_files_is_the_committed_one() -> None:
    """Editors show what the sandbox accepts."""
    committed = json.loads((ROOT / "docs" / "schema" / "fault-v1.schema.json").read_text())
    assert committed == fault_schema()


VM = "rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"
