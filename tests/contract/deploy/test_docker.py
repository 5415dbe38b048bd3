"""The Dockerfile: linted, small in rights, everything in it checked by hash. It is not built here."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.contract.deploy.manifests import BASE, DOCKERFILE, documents

HADOLINT = Path(sys.executable).with_name("hadolint")


def _lint(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(HADOLINT), str(path)], capture_output=True, text=True, check=False, timeout=60)


def _instructions() -> list[list[str]]:
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]


def _last(name: str) -> str:
    return [rest for instruction, rest in _instructions() if instruction == name][-1]


def test_the_dockerfile_has_nothing_to_complain_about() -> None:
    """The linter knows what goes wrong in images."""
    done = _lint(DOCKERFILE)

    assert (done.returncode, done.stdout) == (0, "")


def test_a_bad_dockerfile_would_be_seen(tmp_path: Path) -> None:
    """The linter refuses an image of any version."""
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nRUN cd /tmp\n", encoding="utf-8")

    assert _lint(bad).returncode != 0


def test_every_package_is_checked_against_its_hash() -> None:
    """Only drd's own wheel has none: it is built from the sources beside the file, and asks no registry."""
    installs = re.findall(r"pip install ([^&]+)", " ".join(rest for _, rest in _instructions()))

    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)
    assert all("--no-deps" in each for each in installs)


def test_the_image_runs_as_the_user_that_the_pod_demands() -> None:
    """Nobody's home, and not root."""
    pod = documents(BASE / "deployment.yaml")[0]["spec"]["template"]["spec"]["securityContext"]

    assert _last("USER") == f"{pod['runAsUser']}:{pod['runAsGroup']}"


def test_everything_that_is_copied_is_there() -> None:
    """What the image is built from exists, and nothing that the build would not see is named."""
    ignored = (DOCKERFILE.with_name("Dockerfile.dockerignore")).read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = [rest.split()[:-1] for name, rest in _instructions() if name == "COPY" and "--from" not in rest]
    sources = {source for each in copied for source in each}

    assert {source for source in sources if not (ROOT / source).exists()} == set()
    assert {source.split("/", maxsplit=1)[0] for source in sources} == kept


@pytest.mark.parametrize("name", ["ENTRYPOINT", "CMD"])
def test_no_shell_stands_between_the_daemon_and_its_signals(name: str) -> None:
    """The exec form: the daemon is the first process and hears that it must stop."""
    assert isinstance(json.loads(_last(name)), list)
