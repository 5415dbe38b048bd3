"""The tables of members are whole: each names its source and its reasons, and some test holds an answer against it."""

import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("members")
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.parent.rglob("test_*.py"))
EXAMPLES = [
    (path.stem, name, example)
    for path in sorted(FOLDER.glob("*.toml"))
    for name, example in tomllib.loads(path.read_text(encoding="utf-8")).items()
]


@pytest.mark.parametrize(("provider", "name", "example"), EXAMPLES, ids=[f"{one[0]} {one[1]}" for one in EXAMPLES])
def test_a_table_of_members_is_whole_and_used(provider: str, name: str, example: dict[str, object]) -> None:
    """Source, members, reasons, and a test that names it."""
    members = example["members"]
    left_out = example.get("left-out", {})
    assert str(example["source"]).startswith("specification/"), provider
    assert isinstance(members, list)
    assert members
    assert isinstance(left_out, dict)
    assert all(isinstance(reason, str) and reason for reason in left_out.values())
    assert set(left_out) <= set(members)
    assert f'"{name}"' in TESTS, f"no test holds an answer against {name}"
