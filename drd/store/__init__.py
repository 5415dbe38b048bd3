"""Durable truth on SQLAlchemy Core: journal, runs, ledger, leases, slots, inventory, on SQLite and PostgreSQL.

May import: the standard library, SQLAlchemy, alembic, `drd.domain` and `drd.ports`. Knows no rule of recovery.
"""
