"""What the YAML reader gives and what it refuses."""

import os
import pathlib
import sys
import time

import pytest

from drd.document import Document, Refused, parse, read
from drd.document.guard import MAX_BYTES

LIMIT = 8 if sys.gettrace() is None else 80  # measuring coverage makes every line several times slower
"""In yardsticks, of which one takes about 13 ms on the machine that the promised 100 ms were measured on."""

GOOD = """\
# a comment
drd: runbook/v1
id: "burgerzaken"
groups:
  - id: één
    steps:
      - {id: db, uses: check.tcp, with: {port: 1433, within: 10m, "a b": [1, 2.5, true, ~]}}
      - id: text
        script: |
          first & second *not* !an anchor
          &neither: *this
        folded: >-
          a
          b
"""


def refusal(text: str) -> str:
    """Give place and message of the first fault."""
    with pytest.raises(Refused) as refused:
        parse(text, "f.yaml")
    fault = refused.value.faults[0]
    assert fault.hint
    return f"{fault.place.line}:{fault.place.column} {fault.message}"


def test_a_document_is_plain_data() -> None:
    """Only dicts, lists, texts, numbers, booleans and None come out."""
    value = parse(GOOD, "f.yaml").value
    assert isinstance(value, dict)
    assert value["groups"][0]["steps"][0]["with"] == {"port": 1433, "within": "10m", "a b": [1, 2.5, True, None]}
    assert value["groups"][0]["steps"][1]["script"] == "first & second *not* !an anchor\n&neither: *this\n"
    assert value["groups"][0]["steps"][1]["folded"] == "a b"


def test_every_value_and_key_knows_its_place() -> None:
    """Lines and columns count from 1, for keys and for values."""
    document = parse(GOOD, "f.yaml")
    assert str(document.place(("id",))) == "f.yaml:3:5"
    assert str(document.place(("id",), key=True)) == "f.yaml:3:1"
    assert str(document.place(("groups", 0, "steps", 0, "with", "port"))) == "f.yaml:7:48"
    assert str(document.place(("groups", 0, "steps", 0, "with", "port"), key=True)) == "f.yaml:7:42"


def test_a_path_that_leaves_the_document_means_its_deepest_part() -> None:
    """So the place of a missing key is the mapping that lacks it."""
    document = parse(GOOD, "f.yaml")
    assert str(document.place(("groups", 0, "steps", 1, "uses"), key=True)) == "f.yaml:8:9"


def test_yaml_1_2_words_stay_texts() -> None:
    """The surprises of YAML 1.1 (no, on, 1:30, dates, octals by a leading zero) are texts or plain numbers."""
    value = parse("a: no\nb: on\nc: 1:30\nd: 2026-11-22\ne: 0777\nf: 1_000\ny: yes\n", "f.yaml").value
    assert value == {"a": "no", "b": "on", "c": "1:30", "d": "2026-11-22", "e": 777, "f": "1_000", "y": "yes"}


def test_quoted_words_are_texts() -> None:
    """Quotes make a text of anything."""
    assert parse("a: '1'\nb: \"true\"\nc: ''\n", "f.yaml").value == {"a": "1", "b": "true", "c": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 the file is empty"),
        ("# only a comment\n\n", "1:1 the file is empty"),
        ("---\n", "1:1 the file is empty"),
        ("a: 1\nb: 2\na: 3\n", "3:1 duplicate key 'a'"),
        ("x: {a: 1, a: 2}\n", "1:11 duplicate key 'a'"),
        ("a: &x 1\n", "1:4 anchors are not allowed"),
        ("&x a: 1\n", "1:1 anchors are not allowed"),
        ("a: 1\nb: *a\n", "2:4 aliases are not allowed"),
        ("a: [1, *b]\n", "1:8 aliases are not allowed"),
        ("a: 1\n<<: {b: 1}\n", "2:1 merge keys are not allowed"),
        ("a: {<<: {b: 1}}\n", "1:5 merge keys are not allowed"),
        ("'<<': {b: 1}\n", "1:1 merge keys are not allowed"),
        ("a: !!python/object/apply:os.system [id]\n", "1:4 tags are not allowed"),
        ("a: !!str 1\n", "1:4 tags are not allowed"),
        ("a: ! x\n", "1:4 tags are not allowed"),
        ("!x {a: 1}\n", "1:1 tags are not allowed"),
        ("a: 1\n---\nb: 2\n", "2:1 a second document begins here"),
        ("a: 1\n...\nb: 2\n", "2:1 a second document begins here"),
        ("%YAML 1.1\n---\na: no\n", "1:1 directives are not allowed"),
        ("%TAG ! tag:x,2026:\n---\na: 1\n", "1:1 directives are not allowed"),
        ("a:\n\tb: 1\n", "2:1 a tab in the indentation"),
        ("a: b\x00c\n", "1:5 character U+0000 is not allowed"),
        ("a: b\x1b[2Jc\n", "1:5 character U+001B is not allowed"),
        ("a: abc\u202ecba\n", "1:7 character U+202E is not allowed"),
        ("a: \ud800\n", "1:4 the file is not UTF-8"),
        ("1: x\n", "1:1 the key '1' is not a text"),
        ("true: x\n", "1:1 the key 'true' is not a text"),
        ("~: x\n", "1:1 the key '~' is not a text"),
        ("? [a]\n: x\n", "1:3 a key must be a text"),
        ("? {a: b}\n: x\n", "1:3 a key must be a text"),
        ("a: .inf\n", "1:4 '.inf' is not a number drd can hold"),
        ("a: .nan\n", "1:4 '.nan' is not a number drd can hold"),
        ("a: 1e999\n", "1:4 '1e999' is not a number drd can hold"),
        ("a: 123456789012345678901\n", "1:4 '123456789012345678901' is not a number drd can hold"),
        ("[" * 25 + "]" * 25, "1:21 more than 20 levels deep"),
        ("- " * 25 + "x\n", "1:41 more than 20 levels deep"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(25)), "21:21 more than 20 levels deep"),
    ],
)
def test_what_drd_does_not_read_is_refused_with_its_place(text: str, expected: str) -> None:
    """Each part of YAML that drd leaves out has one clear fault."""
    assert refusal(text) == expected


@pytest.mark.parametrize(
    "text", ["a: b: c\n", "a: [1, 2\n", "a: 'x\n", "a: 1\n b: 2\n", "]\n", "a: @x\n", "- a\nb: 1\n"]
)
def test_broken_yaml_is_refused_with_its_place(text: str) -> None:
    """The parser's own complaint is kept, with line and column."""
    assert "not YAML" in refusal(text)


def test_duplicate_keys_are_all_reported() -> None:
    """One reading finds every duplicate."""
    with pytest.raises(Refused) as refused:
        parse("a: 1\na: 2\nb: {c: 1, c: 2}\n", "f.yaml")
    assert [(fault.place.line, fault.place.column) for fault in refused.value.faults] == [(2, 1), (3, 11)]


def test_a_value_may_hold_signs_that_begin_anchors_elsewhere() -> None:
    """Ampersands, stars and exclamation marks inside texts are texts."""
    text = "a: R&D\nb: 2 * 3\nc: 'it''s &x'\nd: \"*y !z\"\ne: go!\nf: [a&b, c*d]\ng: http://x/#y\nh: a #c &d\n"
    assert parse(text, "f.yaml").value == {
        "a": "R&D",
        "b": "2 * 3",
        "c": "it's &x",
        "d": "*y !z",
        "e": "go!",
        "f": ["a&b", "c*d"],
        "g": "http://x/#y",
        "h": "a",
    }


def test_a_text_over_several_lines_may_hold_quotes() -> None:
    """A quote inside plain text begins nothing."""
    value = parse('a: he said\n  "hello\nb: 1\nc: "two\n  lines"\nd: 2\n', "f.yaml").value
    assert value == {"a": 'he said "hello', "b": 1, "c": "two lines", "d": 2}


def test_line_ends_of_windows_and_a_byte_order_mark_are_read() -> None:
    """A file saved by any editor is the same document."""
    assert parse("\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\n", "f.yaml").value == {"a": 1, "b": "x\ny\n"}


def test_a_fault_shows_the_line_with_a_caret() -> None:
    """Rendered for a terminal: place, line, caret, hint."""
    document = parse("drd: runbook/v1\nid: x\n", "r.yaml")
    assert document.fault(("id",), "wrong", "use y").rendered().splitlines() == [
        "r.yaml:2:5: wrong",
        "     2 | id: x",
        "       |     ^",
        "  hint: use y",
    ]


def test_a_long_line_is_shown_around_its_caret() -> None:
    """The window follows the column, so that the caret stays on the screen."""
    with pytest.raises(Refused) as refused:
        parse("a: [" + "x, " * 500 + "*b]\n", "r.yaml")
    shown = refused.value.rendered().splitlines()
    assert len(shown[1]) < 130
    assert shown[1][shown[2].index("^")] == "*"


def test_a_file_is_read_by_its_name(tmp_path: pathlib.Path) -> None:
    """Faults name the file as it was given."""
    path = tmp_path / "x.yaml"
    path.write_bytes(GOOD.encode())
    document = read(path)
    assert isinstance(document, Document)
    assert document.place(("id",)).file == str(path)


def test_bytes_that_are_not_utf_8_are_refused_at_their_place(tmp_path: pathlib.Path) -> None:
    """Line and column are those of the first wrong byte."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(Refused, match=r"x\.yaml:2:7: the file is not UTF-8"):
        read(path)


def test_a_file_over_the_limit_is_not_read(tmp_path: pathlib.Path) -> None:
    """Ten megabytes cost no more than the limit."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: " + b"x" * (10 * 1024 * 1024))
    with pytest.raises(Refused, match="larger than 256 KiB"):
        read(path)


def test_a_file_of_exactly_the_limit_is_read(tmp_path: pathlib.Path) -> None:
    """The limit itself is allowed."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"# " + b"x" * (MAX_BYTES - 10) + b"\na: bc\n")
    assert path.stat().st_size == MAX_BYTES - 1
    assert read(path).value == {"a": "bc"}


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "nul"])
def test_what_is_not_a_file_is_refused_without_waiting(tmp_path: pathlib.Path, kind: str) -> None:
    """A named pipe would block a reader for ever."""
    path = tmp_path / ("x\0y" if kind == "nul" else kind)
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(Refused) as refused:
        read(path)
    assert refused.value.faults[0].hint


HOSTILE = {
    "alias bomb": "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(9000)),
    "late anchor": "a: 1\n" + "- {id: x, y: z}\n" * 15_000 + "- &x y\n",
    "late merge": "".join(f"k{i}: {{a: b}}\n" for i in range(12_000)) + "z: {<<: x}\n",
    "brackets": "[" * 250_000,
    "dashes": "- " * 120_000,
    "questions": "? " * 120_000,
    "many values": "a: [" + "a," * 120_000 + "]",
    "empty lines": "\n" * 250_000,
    "second document": "a: b\n" * 40_000 + "---\n",
    "indents": "\n".join(f"{' ' * depth}a:" for depth in range(600)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_t18_a_hostile_text_is_refused_quickly(name: str) -> None:
    """At most 100 ms of processor time each, whatever its size; measured against plain work, as machines are shared."""
    assert min(seconds_to_refuse(HOSTILE[name]) / yardstick() for _ in range(5)) <= LIMIT


def yardstick() -> float:
    """Measure the processor time of a million additions, right now."""
    before = time.process_time()
    sum(range(1_000_000))
    return time.process_time() - before


def seconds_to_refuse(text: str) -> float:
    """Measure the processor time of one refusal."""
    before = time.process_time()
    with pytest.raises(Refused):
        parse(text, "f.yaml")
    return time.process_time() - before
