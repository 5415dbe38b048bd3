"""In CI a skipped test is a failure, unless it names the place where it must run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

SKIPPING = """
import pytest

@pytest.mark.skip(reason="no reason is good enough")
def test_without_a_place():
    pass

@pytest.mark.place("a host with a database")
@pytest.mark.skip(reason="needs a database")
def test_with_a_place():
    pass

@pytest.mark.xfail(strict=True)
def test_expected_to_fail():
    raise AssertionError
"""


def _outcome(folder: Path, ci: str, text: str) -> str:
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    place(where): x\n", encoding="utf-8")
    (folder / "test_sample.py").write_text(text, encoding="utf-8")
    environment = {**os.environ, "CI": ci}  # noqa: TID251 - the inner run needs the rest of the outer one's
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(("ci", "counted"), [("true", "1 skipped, 1 xfailed, 1 error"), ("", "2 skipped, 1 xfailed")])
def test_a_skip_in_ci_needs_a_place(tmp_path: Path, ci: str, counted: str) -> None:
    """On a laptop a skip is a skip; where everything must run, it is a hole."""
    assert counted in _outcome(tmp_path, ci, SKIPPING)


def test_a_file_may_not_skip_itself_in_ci(tmp_path: Path) -> None:
    """A whole file that vanishes has no item that could name a place."""
    whole = 'import pytest\npytest.skip("all of it", allow_module_level=True)\n'

    assert "1 error" in _outcome(tmp_path, "true", whole)
