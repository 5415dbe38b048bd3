"""Plain data survives being written as YAML and read again, and every part of it can be found."""

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from drd.document import Refused, parse
from drd.document.guard import MAX_LEVELS

TEXTS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="\ufeff"), max_size=12
)
KEYS = TEXTS.filter(lambda key: key != "<<")
SCALARS = st.none() | st.booleans() | st.integers(-(10**13), 10**14) | TEXTS
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


def block_style(value: object) -> str:
    """Write data the way people do, one value a line."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    stream = io.StringIO()
    writer.dump(value, stream)
    return stream.getvalue()


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """List every value with its path."""
    found = [(path, value)]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in parts:
        found += paths(inner, (*path, step))
    return found


@given(DATA)
def test_json_is_read_as_the_data_it_is(value: object) -> None:
    """JSON is YAML 1.2: quotes, brackets and escapes are understood by the scan and by the parser alike."""
    assert parse(json.dumps(value, ensure_ascii=False), "f.yaml").value == value


@given(DATA)
def test_block_style_survives_a_round_trip(value: object) -> None:
    """What a careful writer puts down is what drd reads, unless the writer used a tag or a second document."""
    text = block_style({"data": value})
    try:
        assert parse(text, "f.yaml").value == {"data": value}
    except Refused as refused:
        # The writer tags only what it cannot say plainly; the reader must never refuse more than that.
        assert "! " in text or "!!" in text or "<<" in text or "? " in text, refused  # noqa: PT017 - both ways are right


@given(DATA)
def test_every_value_is_found_at_its_place(value: object) -> None:
    """Each path leads to a line and a column inside the text, and a number stands there in its own digits."""
    text = json.dumps({"data": value}, ensure_ascii=False, indent=1)
    document = parse(text, "f.yaml")
    lines = text.split("\n")
    for path, found in paths(document.value):
        place = document.place(path)
        rest = lines[place.line - 1][place.column - 1 :]
        if isinstance(found, int) and not isinstance(found, bool):
            assert rest.startswith(str(found))
        elif isinstance(found, dict | list):
            assert rest[0] in "{["


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"# \n<", max_size=60))
def test_whatever_is_read_has_no_anchor_no_tag_and_few_levels(text: str) -> None:
    """Any text is either refused with a place and a hint, or plain data within the limits."""
    try:
        document = parse(text, "f.yaml")
    except Refused as refused:
        assert all(fault.place.line >= 1 and fault.hint for fault in refused.faults)  # noqa: PT017 - both ways are right
        return
    assert all(len(path) <= MAX_LEVELS for path, _ in paths(document.value))
