"""Puts a kept journal, up to a moment, into a database as the version that wrote it would have left it behind."""

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from drd.domain.ids import RunId
from drd.store.folder import FILE
from drd.store.rows import event_row, instant_text, json_text, known_text
from drd.store.schema import _MIGRATIONS
from tests.golden import keeping
from tests.golden.keeping import Golden, Line

SCHEMAS = {1: "0001", 2: "0002"}
"""The schema that a journal of a form was kept in first."""


def leave_behind(folder: Path, golden: Golden, moment: Line, *, schema: str) -> None:
    """Make the database of a daemon that was killed at this moment."""
    folder.mkdir(parents=True, exist_ok=True)
    _make(folder / FILE, schema)
    with sqlite3.connect(folder / FILE) as database:
        for digest, plan in golden.plans.items():
            _insert(database, "plans", {"hash": digest, "body": plan.canonical(), "steps": len(plan.steps)})
        for run in moment["durable"]:
            _put_run(database, golden, RunId(run), moment)
        for entry in keeping.entries(moment):
            row = {
                "run": entry.run,
                "step": entry.step,
                "key": entry.id.key,
                "resource": entry.id.text,
                "kind": entry.kind,
                "tenant": entry.tenant,
                "recorded_at": known_text(entry.recorded_at),
                "keep": entry.keep,
                "expires_at": instant_text(entry.expires_at),
                "item": entry.item,
                "details": json_text(entry.details),
                "removed_at": instant_text(entry.removed_at),
            }
            _insert(database, "ledger", row)
    database.close()


def _make(file: Path, schema: str) -> None:
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
    engine.dispose()


def _put_run(database: sqlite3.Connection, golden: Golden, run: RunId, moment: Line) -> None:
    card, events = golden.cards[run], golden.of(run, up_to=moment)
    state = moment["states"][run]["state"]
    ended = state in {"succeeded", "failed", "cancelled"}
    row = {
        "id": run,
        "runbook": card.runbook,
        "tenant": card.tenant,
        "service": card.service,
        "mode": card.mode.value,
        "state": state,
        "plan_hash": card.plan_hash,
        "lock": card.lock,
        "accepted_at": known_text(card.accepted_at),
        "parent": card.parent,
        "priority": card.priority,
        "ended_at": known_text(events[-1].at) if ended else None,
        "head": events[-1].sequence,
        "head_hash": events[-1].hash,
        "token": max(event.token for event in events),
        "daemon": "before",
        "incident_at": known_text(events[0].at),
    }
    _insert(database, "runs", row)
    if not ended:
        _insert(database, "locks", {"lock": card.lock, "run": run})
    columns = {name for _, name, *_ in database.execute("PRAGMA table_info(events)")}
    for event in events:
        _insert(database, "events", {name: value for name, value in event_row(event).items() if name in columns})


def _insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608 - own names
