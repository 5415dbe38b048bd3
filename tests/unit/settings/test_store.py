"""Where the store is: a data folder, or a PostgreSQL address whose password stands in a file of its own."""

import pathlib
from datetime import timedelta

import pytest

from drd.document import Refused
from drd.domain.errors import InvalidError
from drd.settings.loading import store_place
from drd.settings.settings import STARS, Settings, read_settings

MINIMAL = "drd: settings/v1\n"


def settings(folder: pathlib.Path, text: str, **environment: str) -> Settings:
    """Read settings that consist of these words."""
    (folder / "drd.yaml").write_text(MINIMAL + text, encoding="utf-8")
    return read_settings(folder / "drd.yaml", environment)


def test_without_a_database_the_store_is_a_folder(tmp_path: pathlib.Path) -> None:
    """Beside the settings."""
    assert settings(tmp_path, "").store_place() == tmp_path / "store"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (
            "{host: db.example}",
            "postgresql://drd@db.example:5432/drd?sslmode=verify-full&sslrootcert=system",
        ),
        (
            "{host: db.example, port: 6432, dbname: my/db, user: a@b, sslmode: require}",
            "postgresql://a%40b@db.example:6432/my%2Fdb?sslmode=require",
        ),
        ("{host: 127.0.0.1}", "postgresql://drd@127.0.0.1:5432/drd?sslmode=disable"),
        ('{host: "::1"}', "postgresql://drd@[::1]:5432/drd?sslmode=disable"),
        (
            "{host: /run/postgresql}",
            "postgresql://drd@/drd?sslmode=disable&host=%2Frun%2Fpostgresql&port=5432",
        ),
    ],
)
def test_a_database_becomes_an_address(tmp_path: pathlib.Path, written: str, address: str) -> None:
    """Believed by its certificate, unless it is this host; every part of it is quoted."""
    assert settings(tmp_path, f"store: {{postgresql: {written}}}\n").store_place() == address


def test_the_authority_and_the_password_stand_in_files(tmp_path: pathlib.Path) -> None:
    """The password is never shown; a path is relative to the settings."""
    (tmp_path / "password").write_text("CANARY/@:\n", encoding="utf-8")
    text = "store: {postgresql: {host: db.example, authority: ca.pem, password: {file: password}}}\n"
    found = settings(tmp_path, text)

    place = store_place(found)

    assert isinstance(place, str)
    assert place.startswith("postgresql://drd:CANARY%2F%40%3A@db.example:5432/drd?sslmode=verify-full&sslrootcert=")
    assert place.endswith("ca.pem")
    assert "CANARY" not in repr(found)
    assert {each.key: each.value for each in found.shown}["store.postgresql.password.file"] == STARS


def test_a_password_that_cannot_be_read_is_told_with_its_place(tmp_path: pathlib.Path) -> None:
    """Before anything is opened."""
    found = settings(tmp_path, "store: {postgresql: {host: db.example, password: {file: nowhere}}}\n")

    with pytest.raises(InvalidError, match="the database's password cannot be used"):
        store_place(found)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("store: {postgresql: {host: db.example, sslmode: disable}}", "without TLS is for loopback only"),
        ("store: {postgresql: {host: db.example, sslmode: verify-ca}}", "verify-ca needs the authority"),
        ("store: {postgresql: {dbname: drd}}", "host"),
        ("store: {postgresql: {host: db, password: secret}}", "password"),
        ("daemon: {lease: 1s}", "a lease lasts from 2s to 60s"),
        ("daemon: {lease: 2m}", "a lease lasts from 2s to 60s"),
        ("daemon: {most-runs: 0}", "most-runs"),
        ("daemon: {runs-per-tenant: many}", "runs-per-tenant"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: pathlib.Path, written: str, said: str) -> None:
    """With its place."""
    with pytest.raises(Refused) as refused:
        settings(tmp_path, written + "\n")

    assert any(said in fault.rendered() for fault in refused.value.faults)


def test_the_daemon_says_who_it_is_and_how_much_it_takes(tmp_path: pathlib.Path) -> None:
    """In the file, or by variables."""
    found = settings(
        tmp_path, "daemon: {id: oost, runs-per-tenant: 5}\n", DRD_DAEMON_LEASE="4s", DRD_DAEMON_MOST_RUNS="7"
    ).file.daemon

    assert (found.id, found.runs_per_tenant, found.lease, found.most_runs) == ("oost", 5, timedelta(seconds=4), 7)
    assert settings(tmp_path, "").file.daemon.lease == timedelta(seconds=20)
