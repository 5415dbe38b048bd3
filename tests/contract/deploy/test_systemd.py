"""The systemd unit: what systemd itself thinks of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.deploy.manifests import DEPLOY, UNIT, started, unit

MOST_EXPOSED = 15
"""In tenths of systemd's scale."""

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = (
    pytest.mark.place("a Debian host with the package systemd; .ci/run installs it"),
    pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed"),
)


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [ANALYZE or "", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def standing_in(tmp_path: Path) -> Path:
    """Give the unit with a binary that is there: the real one stands where an installation puts it."""
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text(encoding="utf-8").replace(started()[0], "/bin/true"), encoding="utf-8")
    return copy


class TestSystemd:
    """Needs systemd's own tools, not systemd as the first process."""

    pytestmark = [*needs_systemd]  # noqa: RUF012 - pytest wants a list

    def test_the_unit_is_understood_without_a_complaint(self, standing_in: Path) -> None:
        """An unknown or misspelt setting is only a warning when the unit starts; here it is a failure."""
        done = _analyze("verify", "--man=no", str(standing_in))

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_a_misspelt_setting_would_be_seen(self, standing_in: Path) -> None:
        """The tool complains about what it does not know."""
        text = standing_in.read_text(encoding="utf-8").replace("NoNewPrivileges", "NoNewPriviliges")
        standing_in.write_text(text, encoding="utf-8")

        assert "NoNewPriviliges" in _analyze("verify", "--man=no", str(standing_in)).stderr

    def test_t28_the_unit_is_hardly_exposed(self) -> None:
        """The score is systemd's own: 0 is a service that can do nothing, a plain one has 9.2."""
        done = _analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(UNIT))

        assert done.returncode == 0, done.stdout

    def test_a_plain_unit_would_be_too_exposed(self, tmp_path: Path) -> None:
        """The threshold refuses a unit without its walls."""
        plain = tmp_path / "plain.service"
        plain.write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")

        assert _analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(plain)).returncode != 0


class TestReaper:
    """The unit of the reaper, and its timer."""

    pytestmark = [*needs_systemd]  # noqa: RUF012 - pytest wants a list

    def test_unit_and_timer_are_understood_without_a_complaint(self, tmp_path: Path) -> None:
        """The timer starts the unit of its own name."""
        text = (DEPLOY / "systemd" / "drd-reaper.service").read_text(encoding="utf-8")
        (tmp_path / "drd-reaper.service").write_text(text.replace(started()[0], "/bin/true"), encoding="utf-8")
        shutil.copy(DEPLOY / "systemd" / "drd-reaper.timer", tmp_path)
        done = _analyze("verify", "--man=no", *(str(each) for each in tmp_path.iterdir()))

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_t28_the_unit_is_hardly_exposed(self) -> None:
        """No more than the daemon's own."""
        unit_of_it = DEPLOY / "systemd" / "drd-reaper.service"
        done = _analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit_of_it))

        assert done.returncode == 0, done.stdout


def test_the_service_manager_is_told_when_the_daemon_serves_and_that_it_lives() -> None:
    """Type=notify with a watchdog, state and socket in systemd's own folders, and a user that exists while it runs."""
    said = {name: values[-1] for name, values in unit().items()}

    assert said["Type"] == "notify"
    assert int(said["WatchdogSec"]) == 30
    assert said["DynamicUser"] == "yes"
    assert (said["StateDirectory"], said["RuntimeDirectory"]) == ("drd", "drd")


def test_callers_of_the_socket_are_not_hidden_from_the_daemon() -> None:
    """With a user namespace of its own every caller would be nobody, and roles could not be told apart."""
    assert "PrivateUsers" not in unit()


def test_the_group_of_the_socket_is_made_by_sysusers() -> None:
    """A unit whose supplementary group is missing does not start."""
    groups = (DEPLOY / "systemd" / "drd.sysusers.conf").read_text(encoding="utf-8")

    assert f"\ng {unit()['SupplementaryGroups'][0]} " in groups
