"""Findings on a database, by scope."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from drd.domain.findings import Finding, Severity, distinct, worst_first
from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.store.desk import Desk
from drd.store.rows import Row, json_text, known_text
from drd.store.tables import FINDINGS, SCOPES


class StoredFindings:
    """`drd.ports.findings.Findings` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def put(self, scope: str, findings: Collection[Finding], at: datetime) -> None:
        """Replace what one scope found; what stays keeps its `since`."""
        found = distinct(findings)
        try:
            await self._desk.change(lambda connection: _put(connection, scope, found, at))
        except IntegrityError:
            # Another daemon looked at this scope for the first time, in the same instant.
            await self._desk.change(lambda connection: _put(connection, scope, found, at))

    async def keep(self, kind: str, scopes: Collection[str]) -> None:
        """Forget the scopes of this kind that are not among these."""
        await self._desk.change(lambda connection: _keep(connection, f"{kind}/", frozenset(scopes)))

    async def list(self, tenant: TenantId | None = None) -> tuple[Finding, ...]:
        """Give what is found now, worst first."""
        return await self._desk.read(lambda connection: read_findings(connection, tenant))

    async def looked(self) -> Mapping[str, datetime]:
        """Give when each scope looked last."""
        return await self._desk.read(read_scopes)


def read_findings(connection: Connection, tenant: TenantId | None = None) -> tuple[Finding, ...]:
    """Read what is found now, worst first."""
    query = select(FINDINGS)
    if tenant is not None:
        query = query.where(FINDINGS.c.tenant == tenant)
    return worst_first(_finding(row) for row in connection.execute(query).mappings())


def read_scopes(connection: Connection) -> dict[str, datetime]:
    """Read when each scope looked last."""
    rows = connection.execute(select(SCOPES).order_by(SCOPES.c.scope))
    return {scope: datetime.fromisoformat(at) for scope, at in rows}


def _put(connection: Connection, scope: str, findings: tuple[Finding, ...], at: datetime) -> None:
    # The scope's row first: two daemons that look at one scope write one after the other.
    looked = {"at": known_text(at)}
    if not connection.execute(update(SCOPES).where(SCOPES.c.scope == scope).values(looked)).rowcount:
        connection.execute(insert(SCOPES).values(looked | {"scope": scope}))
    known = {
        (code, subject): since
        for code, subject, since in connection.execute(
            select(FINDINGS.c.code, FINDINGS.c.subject, FINDINGS.c.since).where(FINDINGS.c.scope == scope)
        )
    }
    connection.execute(delete(FINDINGS).where(FINDINGS.c.scope == scope))
    rows = [
        _row(scope, each, known.get((each.code, each.subject)) or known_text(each.since or at)) for each in findings
    ]
    if rows:
        connection.execute(insert(FINDINGS), rows)


def _keep(connection: Connection, prefix: str, scopes: frozenset[str]) -> None:
    known = connection.scalars(select(SCOPES.c.scope)).all()
    for scope in known:
        if scope.startswith(prefix) and scope not in scopes:
            connection.execute(delete(FINDINGS).where(FINDINGS.c.scope == scope))
            connection.execute(delete(SCOPES).where(SCOPES.c.scope == scope))


def _row(scope: str, finding: Finding, since: str) -> Row:
    return {
        "scope": scope,
        "code": finding.code,
        "subject": finding.subject,
        "tenant": finding.tenant,
        "since": since,
        "body": json_text(
            {
                "severity": finding.severity.value,
                "message": finding.message,
                "hint": finding.hint,
                "service": finding.service,
                "runbook": finding.runbook,
                "irreversible": finding.irreversible,
            }
        ),
    }


def _finding(row: Mapping[Any, Any]) -> Finding:
    body: dict[str, Any] = json.loads(row["body"])
    return Finding(
        code=row["code"],
        severity=Severity(body["severity"]),
        tenant=TenantId(row["tenant"]),
        subject=row["subject"],
        message=body["message"],
        hint=body["hint"],
        service=ServiceId(body["service"]) if body["service"] is not None else None,
        runbook=RunbookId(body["runbook"]) if body["runbook"] is not None else None,
        since=datetime.fromisoformat(row["since"]),
        irreversible=body["irreversible"],
    )
