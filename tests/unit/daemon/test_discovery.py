"""A file is known because it is there; a half-done one is refused with its place."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drd.daemon import discovery
from drd.daemon.discovery import Folder
from drd.domain.errors import NotFoundError, PermanentError

Made = Callable[..., str]

GOOD = """
from drd.actions.noop import DoNothing, Params
from drd.ports.action import Verb

ACTION = Verb("{}", Params, DoNothing())
"""
ROOT = Path(__file__).parents[3]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Write a package of files; give its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(package: str, **files: str) -> str:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        for name, text in files.items():
            (tmp_path / package / f"{name}.py").write_text(text, encoding="utf-8")
        return package

    return make


def test_what_is_there_is_found_by_its_name() -> None:
    """Every verb and every question, in order."""
    verbs = [verb.name for verb in discovery.actions()]
    questions = [question.name for question in discovery.checks()]

    assert verbs == sorted(verbs)
    assert {"noop", "vm.start", "asr.test-failover"} <= set(verbs)
    assert questions == sorted(questions)
    assert {"check.http", "check.recovery-point"} <= set(questions)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ACTION is missing"),
        ("ACTION = 1", "ACTION is a int"),
        (GOOD.format("other.name"), "is called 'other.name'"),
    ],
)
def test_a_half_done_file_is_refused_with_its_place(made: Made, text: str, words: str) -> None:
    """At start, and by this test."""
    package = made(f"half_{abs(hash(text))}", mine=text)

    with pytest.raises(PermanentError, match=words) as refused:
        discovery.actions(Folder(package, "ACTION"))

    assert refused.value.target == f"{package}/mine.py"
    assert refused.value.hint


def test_dots_and_dashes_are_underscores_in_a_files_name(made: Made) -> None:
    """So a verb's file is found without searching."""
    package = made("dots", a_b_c=GOOD.format("a.b-c"))

    assert [verb.name for verb in discovery.actions(Folder(package, "ACTION"))] == ["a.b-c"]


def test_a_check_is_called_one(made: Made) -> None:
    """What a runbook asks is told apart from what it does."""
    text = (
        "from drd.checks.vm import MachineIsUp, Params\nfrom drd.ports.check import Question\n"
        'CHECK = Question("mine", Params, MachineIsUp())\n'
    )

    with pytest.raises(PermanentError, match="is called 'mine'"):
        discovery.checks(Folder(made("questions", mine=text), "CHECK"))


def test_a_provider_that_is_not_there_is_named_with_those_that_are(made: Made) -> None:
    """A typing error in the settings is found at start."""
    with pytest.raises(NotFoundError, match="azure"):
        discovery.opener("azur")
    with pytest.raises(NotFoundError, match="there is no command"):
        discovery.command("nothing", object)


def test_actions_and_checks_cost_no_cloud() -> None:
    """They know ports only: finding them imports no provider, no client, no web."""
    program = (
        "import sys; from drd.daemon import discovery; discovery.actions(); discovery.checks();"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'azure', 'aiohttp', 'sqlalchemy', 'fastapi',"
        "'httpx2', 'dns', 'ruamel'}), [name for name in sys.modules if name.startswith('drd.providers')])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.strip() == "[] []"
