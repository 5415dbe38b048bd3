"""T10: the disk is full, or read-only, at each journal write of a run: nothing is lost, nothing is sent twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_SIZE = "12m"
_WAYS = (["unshare", "-m"], ["unshare", "-rm"])


def _way() -> list[str]:
    """Give how a file system of the test's own is mounted here, where nobody else sees it."""
    for way in _WAYS:
        try:
            tried = subprocess.run([*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        except FileNotFoundError:
            continue
        if tried.returncode == 0:
            return way
    pytest.skip("no file system can be mounted here")


@pytest.mark.place("where a namespace with a mount of its own may be made")
@pytest.mark.parametrize("how", ["ballast", "none", "readonly"])
def test_t10_a_disk_that_is_full_at_any_write_costs_time_and_nothing_else(tmp_path: Path, how: str) -> None:
    """With the ballast the run ends on it, and the store says so; without, when a person has made room."""
    child = f'"{sys.executable}" -m tests.contract.store.full_disk "$0" {how}'
    script = f'mount -t tmpfs -o size={_SIZE} tmpfs "$0" && exec {child}'
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    done = subprocess.run(
        [*_way(), "sh", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["wrong"] == []
    assert told["hindered"] == told["writes"] >= 4
