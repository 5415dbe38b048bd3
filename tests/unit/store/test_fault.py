"""What a database says when it cannot, and the hint that goes with it."""

import sqlite3

import pytest

from drd.store.fault import unavailable


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ('relation "leases" does not exist', "the tables are not as drd made them"),
        ("column runs.holder does not exist", "the tables are not as drd made them"),
        ("no such table: runs", "the tables are not as drd made them"),
        ('role "drd" does not exist', "name a database and a role"),
        ('database "drd" does not exist', "name a database and a role"),
        ("permission denied for table runs", "grant the role SELECT"),
        ("permission denied for relation runs", "grant the role SELECT"),
        ("database or disk is full", "make room on the disk"),
    ],
)
def test_a_hint_fits_what_the_database_says(said: str, hint: str) -> None:
    """A table that somebody dropped is no wrong name in the settings."""
    fault = unavailable(sqlite3.OperationalError(said), "here")
    assert said in fault.message
    assert hint in fault.hint
