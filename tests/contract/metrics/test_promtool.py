"""What Prometheus's own tool thinks of the page."""

import shutil
import subprocess

import pytest

from tests.fakes.busy_house import BusyHouse

PROMTOOL = shutil.which("promtool")
THEIRS = ("python_", "process_")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.place("a Debian host with the package prometheus; .ci/run installs it"),
    pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed"),
]


def _checked(page: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROMTOOL or "", "check", "metrics"], input=page, capture_output=True, text=True, check=False, timeout=60
    )


async def test_the_page_is_as_prometheus_wants_it() -> None:
    """Units, names and types of every family; those of the client library itself are not ours to name."""
    house = BusyHouse()
    house.bustle()
    done = _checked(await house.text())
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(THEIRS)]

    assert complaints == []


async def test_a_bad_name_would_be_seen() -> None:
    """The tool complains about a unit that is not a base unit."""
    page = "# HELP drd_wait_minutes Wait.\n# TYPE drd_wait_minutes gauge\ndrd_wait_minutes 1\n"

    assert _checked(page).returncode != 0
