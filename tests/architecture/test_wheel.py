"""What is installed is what was tested: the wheel holds every file of the package, and says what is true of it."""

import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import drd
from tests.architecture.source import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel the way an installation does."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    """Templates, profiles and migrations are files too."""
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "drd").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert package - set(wheel.namelist()) == set()


def test_the_wheel_holds_what_is_written_for_other_programs(wheel: zipfile.ZipFile) -> None:
    """Rules, samples, dashboards and the page of families, as `drd metrics` finds them."""
    shipped = [
        *(ROOT / "deploy" / "prometheus").glob("*.yaml"),
        *(ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"),
        ROOT / "docs" / "metrics.md",
    ]
    for path in shipped:
        assert wheel.read(f"drd/sample/{path.relative_to(ROOT).as_posix()}") == path.read_bytes()
    assert len(shipped) >= 10


def test_the_wheel_says_its_licence_its_version_and_its_python(wheel: zipfile.ZipFile) -> None:
    """An index shows these lines to who decides about it."""
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    said = message_from_string(wheel.read(metadata).decode())

    assert (said["Name"], said["Version"], said["License-Expression"]) == ("drd", drd.__version__, "EUPL-1.2")
    assert said["Requires-Python"] == ">=3.11"
    assert any(Path(name).name == "LICENSE" for name in wheel.namelist())
