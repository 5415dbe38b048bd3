"""What no file of the repository may hold: where packages come from, and where somebody's checkout lies."""

import re

import pytest

from tests.architecture.source import place, repository

# Written in pieces, so that this file does not hold what it looks for.
REGISTRIES = [
    r"py" + r"pi\.org",
    r"python" + r"hosted\.org",
    r"registry\." + r"npmjs",
    r"registry\." + r"yarnpkg",
    r"deb\." + r"debian\.org",
    r"security\." + r"debian\.org",
    r"proxy\." + r"golang",
    r"(extra-)?index" + r"-url\s*[= ]\s*\S*//",
]
MACHINE_PATHS = [
    r"(?<![\w.~}])/wo" + r"rk/",
    r"(?<![\w.~}])/ro" + r"ot/",
    r"(?<![\w.~}])/ho" + r"me/\w",
    r"(?<![\w.~}])/Us" + r"ers/\w",
    r"(?<![\w.~}])/tmp/" + r"(brief|bash_jobs|pip)",
    r"/\.py" + r"env/",
]


def _lines_with(patterns: list[str]) -> list[str]:
    wanted = re.compile("|".join(patterns))
    found = []
    for path in repository():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [
            f"{place(path, number)}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if wanted.search(line)
        ]
    return found


@pytest.mark.parametrize("patterns", [REGISTRIES, MACHINE_PATHS], ids=["registry address", "machine path"])
def test_no_file_holds_an_address_of_somewhere_else(patterns: list[str]) -> None:
    """The tree installs from any registry, and runs in any folder."""
    assert _lines_with(patterns) == []


@pytest.mark.parametrize(
    ("patterns", "line"),
    [
        (REGISTRIES, "--index" + "-url https://mirror.example/simple"),
        (REGISTRIES, "https://files.python" + "hosted.org/packages/a.whl"),
        (MACHINE_PATHS, "see /wo" + "rk/notes.md"),
        (MACHINE_PATHS, "open('/ho" + "me/me/notes.md')"),
    ],
)
def test_an_address_would_be_seen(patterns: list[str], line: str) -> None:
    """The patterns find what they were written for."""
    assert re.search("|".join(patterns), line)
