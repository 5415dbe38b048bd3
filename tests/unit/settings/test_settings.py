"""Settings: the file, the environment over it, and where each value comes from."""

import pathlib
from datetime import UTC, datetime

import pytest

from drd.document import Refused
from drd.settings.environment import process_environment
from drd.settings.settings import STARS, Settings, read_settings

MINIMAL = "drd: settings/v1\n"


def settings(folder: pathlib.Path, text: str = MINIMAL, **environment: str) -> Settings:
    """Write and read settings."""
    path = folder / "drd.yaml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, environment)


def refused(folder: pathlib.Path, text: str, **environment: str) -> list[str]:
    """Give the faults, each as place and message."""
    with pytest.raises(Refused) as error:
        settings(folder, text, **environment)
    assert all(fault.hint for fault in error.value.faults)
    return [f"{str(fault.place).removeprefix(f'{folder}/')} {fault.message}" for fault in error.value.faults]


def shown(found: Settings) -> dict[str, tuple[str, str]]:
    """Give what is shown, by key."""
    return {each.key: (each.value, each.source.rpartition("/")[2]) for each in found.shown}


def test_one_line_is_enough(tmp_path: pathlib.Path) -> None:
    """Everything has a default, and shows it."""
    found = settings(tmp_path)
    assert found.store == tmp_path / "store"
    assert found.catalogue == tmp_path / "catalogue"
    assert found.file.listen.metrics == "127.0.0.1:9790"
    assert shown(found)["azure.endpoint"] == ("https://management.azure.com", "default")
    assert shown(found)["azure.token-endpoint"] == ("-", "default")
    assert shown(found)["schedules.0.every"][1] == "default"


def test_a_value_of_the_file_shows_its_place(tmp_path: pathlib.Path) -> None:
    """File, line and column."""
    found = settings(tmp_path, MINIMAL + "logging:\n  level: debug\n")
    assert found.file.logging.level == "debug"
    assert shown(found)["logging.level"] == ("debug", "drd.yaml:3:10")


def test_a_variable_overrides_the_file(tmp_path: pathlib.Path) -> None:
    """Texts, numbers and lists; the file need not have the section."""
    found = settings(
        tmp_path,
        MINIMAL + "listen: {metrics: '127.0.0.1:1'}\n",
        DRD_LISTEN_METRICS="127.0.0.1:2",
        DRD_CLOCK_SPEED="120",
        DRD_CLOCK_EPOCH="2026-11-22T03:00:00+01:00",
        DRD_AZURE_TOKEN_ENDPOINT="http://127.0.0.1:5/token",
        DRD_CHECKS_ALLOW="a.example:443, b.example:80",
    )
    assert found.file.listen.metrics == "127.0.0.1:2"
    assert (found.file.clock.speed, found.file.clock.epoch) == (120, datetime(2026, 11, 22, 2, tzinfo=UTC))
    assert found.file.azure.token_endpoint == "http://127.0.0.1:5/token"
    assert found.file.checks.allow == ["a.example:443", "b.example:80"]
    assert shown(found)["listen.metrics"] == ("127.0.0.1:2", "$DRD_LISTEN_METRICS")
    assert found.findings == ()


def test_a_wrong_variable_is_named(tmp_path: pathlib.Path) -> None:
    """The fault stands in the environment, not in the file."""
    assert refused(tmp_path, MINIMAL, DRD_CLOCK_SPEED="fast") == [
        '$DRD_CLOCK_SPEED:1:1 expected a whole number, found "fast"'
    ]
    assert "plain HTTP" in refused(tmp_path, MINIMAL, DRD_AZURE_ENDPOINT="http://azure.example")[0]


def test_a_variable_that_is_no_setting_is_a_finding(tmp_path: pathlib.Path) -> None:
    """A misspelt variable changes nothing on the quiet; those of the command line are known."""
    found = settings(tmp_path, MINIMAL, DRD_LOGING_LEVEL="debug", DRD_LANG="nl", HOME="/root")
    assert [str(fault) for fault in found.findings] == [
        "$DRD_LOGING_LEVEL:1:1: no such setting (hint: did you mean DRD_LOGGING_LEVEL?)"
    ]


WRONG = {
    "other format": ("drd: settings/v2\n", "drd.yaml:1:6", "not allowed here"),
    "unknown section": (MINIMAL + "azrue: {}\n", "drd.yaml:2:1", 'unknown key "azrue"'),
    "unknown key": (MINIMAL + "azure: {endpont: x}\n", "drd.yaml:2:9", 'unknown key "endpont"'),
    "blank": (MINIMAL + "store: {path: }\n", "drd.yaml:2:9", "left blank"),
    "slots that go too soon": (MINIMAL + "store: {keeping: {slots: 29d}}\n", "drd.yaml:2:26", "looks back so far"),
    "plain HTTP off the host": (MINIMAL + "azure: {endpoint: 'http://10.0.0.1'}\n", "drd.yaml:2:19", "loopback only"),
    "not a URL": (MINIMAL + "azure: {endpoint: 'management.azure.com'}\n", "drd.yaml:2:19", "not an endpoint"),
    "URL with a password": (MINIMAL + "azure: {endpoint: 'https://u:p@h'}\n", "drd.yaml:2:19", "not an endpoint"),
    "URL with a wrong port": (MINIMAL + "azure: {endpoint: 'https://h:port'}\n", "drd.yaml:2:19", "not a URL"),
    "address without a port": (MINIMAL + "listen: {metrics: localhost}\n", "drd.yaml:2:19", "not an address"),
    "port past the last": (MINIMAL + "listen: {metrics: 'h:70000'}\n", "drd.yaml:2:19", "not an address"),
    "secret in the settings": (
        MINIMAL + "notifications: {channels: [{id: x, url: 'https://hooks/KEY'}]}\n",
        "drd.yaml:2:41",
        "expected a mapping",
    ),
    "two places for a secret": (
        MINIMAL + "notifications: {channels: [{id: x, url: {file: a, credential: b}}]}\n",
        "drd.yaml:2:41",
        "only one",
    ),
    "everything allowed": (MINIMAL + "checks: {allow: ['*:443']}\n", "drd.yaml:2:18", "not a host and port"),
    "network that is none": (MINIMAL + "checks: {allow: ['10.2.1.9/24:443']}\n", "drd.yaml:2:18", "not a host"),
    "speed without epoch": (MINIMAL + "clock: {speed: 60}\n", "drd.yaml:2:8", "needs its epoch"),
    "epoch without offset": (MINIMAL + "clock: {epoch: 2026-11-22T03:00:00}\n", "drd.yaml:2:16", "offset"),
    "speed below one": (MINIMAL + "clock: {speed: 0}\n", "drd.yaml:2:16", "greater than or equal to 1"),
    "role that is none": (MINIMAL + "roles: [{user: 1, role: root}]\n", "drd.yaml:2:25", "not allowed here"),
    "user that is none": (MINIMAL + "roles: [{user: -1, role: admin}]\n", "drd.yaml:2:16", "not a user"),
    "level that is none": (MINIMAL + "logging: {level: loud}\n", "drd.yaml:2:18", "not allowed here"),
    "schedule without unit": (
        MINIMAL + "schedules: [{id: a, does: collect, every: 5}]\n",
        "drd.yaml:2:43",
        "needs its unit",
    ),
    "a list": ("- a\n", "drd.yaml:1:1", "expected a mapping"),
    "empty": ("", "drd.yaml:1:1", "empty"),
    "alias": (MINIMAL + "store: *s\n", "drd.yaml:2:8", "aliases"),
    "tag": (MINIMAL + "store: !!python/name:os.system x\n", "drd.yaml:2:8", "tags"),
}


@pytest.mark.parametrize("name", WRONG)
def test_t17_wrong_settings_are_refused_at_their_place(name: str, tmp_path: pathlib.Path) -> None:
    """File, line, column, what is wrong, and a hint."""
    text, place, message = WRONG[name]
    found = refused(tmp_path, text)
    assert found[0].startswith(f"{place} "), found
    assert message in found[0]


def test_all_faults_are_found_at_once(tmp_path: pathlib.Path) -> None:
    """Of the file and of the environment."""
    text = MINIMAL + "logging: {level: loud, format: xml}\nmetrics: {items: some}\n"
    assert len(refused(tmp_path, text, DRD_CLOCK_SPEED="fast")) == 4


def test_a_missing_file_is_one_clear_fault(tmp_path: pathlib.Path) -> None:
    """No configuration."""
    with pytest.raises(Refused, match="cannot be read: No such file"):
        read_settings(tmp_path / "none.yaml", {})


def test_secrets_are_read_from_their_files_and_shown_as_stars(tmp_path: pathlib.Path) -> None:
    """From a file beside the settings, or from systemd's credentials; nothing of them stands in what is shown."""
    (tmp_path / "hook").write_text("https://hooks.example/CANARY\n", encoding="utf-8")
    text = MINIMAL + "notifications: {channels: [{id: a, url: {file: hook}}, {id: b, url: {credential: hook}}]}\n"
    found = settings(tmp_path, text, CREDENTIALS_DIRECTORY=str(tmp_path))
    first, second = found.file.notifications.channels
    assert found.secret(first.url) == found.secret(second.url) == "https://hooks.example/CANARY"
    assert shown(found)["notifications.channels.0.url.file"][0] == STARS
    assert "CANARY" not in repr(found)


@pytest.mark.parametrize("reference", ["{file: none}", "{file: empty}", "{credential: hook}"])
def test_a_secret_that_cannot_be_read_is_a_fault(reference: str, tmp_path: pathlib.Path) -> None:
    """Missing, empty, or asked of a systemd that did not start us."""
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    found = settings(tmp_path, MINIMAL + f"notifications: {{channels: [{{id: a, url: {reference}}}]}}\n")
    with pytest.raises(Refused):
        found.secret(found.file.notifications.channels[0].url)


def test_the_folders_of_systemd_are_taken_where_there_are_some(tmp_path: pathlib.Path) -> None:
    """State and runtime folders come from the unit; an absolute path wins."""
    found = settings(tmp_path, MINIMAL, STATE_DIRECTORY="/var/lib/drd:/var/lib/other", RUNTIME_DIRECTORY="/run/drd")
    assert (str(found.store), str(found.socket)) == ("/var/lib/drd/store", "/run/drd/drd.sock")
    found = settings(tmp_path, MINIMAL + "store: {path: /data/x.sqlite}\n", STATE_DIRECTORY="/var/lib/drd")
    assert str(found.store) == "/data/x.sqlite"


def test_the_environment_is_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read once does not change under the reader."""
    monkeypatch.setenv("DRD_CLOCK_SPEED", "2")
    read = process_environment()
    monkeypatch.setenv("DRD_CLOCK_SPEED", "3")
    assert read["DRD_CLOCK_SPEED"] == "2"
