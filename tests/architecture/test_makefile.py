"""`make test` runs everything there is to run."""

import re

from tests.architecture.source import ROOT, files


def test_every_folder_of_tests_is_run() -> None:
    """A new folder that the Makefile does not name would be green for ever."""
    rule = re.search(r"\$\(wildcard ([^)]*)\)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    named = set(rule[1].split()) if rule else set()
    present = {"/".join(path.relative_to(ROOT).parts[:2]) for path in files("tests") if path.name.startswith("test_")}

    assert present - named == set()
