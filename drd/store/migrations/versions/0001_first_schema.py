"""First schema: runs with their journals, plans and locks; ledger, leases, slots, inventory, proven points.

Revision ID: 0001
Revises: none
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "collections",
        sa.Column("collector", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("last_success_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("collector", "tenant", name=op.f("pk_collections")),
    )
    op.create_table(
        "item_facts",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("mechanism", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item", "mechanism", name=op.f("pk_item_facts")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "ledger",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(), nullable=False),
        sa.Column("keep", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=True),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger")),
        sa.UniqueConstraint("run", "step", "key", name=op.f("uq_ledger_run")),
    )
    op.create_table(
        "plans",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("rto_seconds", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_plans")),
    )
    op.create_table(
        "proven",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("mechanism", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item", "mechanism", name=op.f("pk_proven")),
    )
    op.create_table(
        "slots",
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("wall", sa.String(), nullable=False),
        sa.Column("due_at", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "wall", name=op.f("pk_slots")),
    )
    op.create_index("ix_slots_due", "slots", ["schedule", "due_at"], unique=False)
    op.create_table(
        "vault_facts",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("vault", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "vault", name=op.f("pk_vault_facts")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("runbook", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("plan_hash", sa.String(), nullable=False),
        sa.Column("lock", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("daemon", sa.String(), nullable=True),
        sa.Column("incident_at", sa.String(), nullable=True),
        sa.Column("recovery_time_ms", sa.BigInteger(), nullable=True),
        sa.Column("recovery_point_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["plan_hash"], ["plans.hash"], name=op.f("fk_runs_plan_hash_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_accepted_at", "runs", ["accepted_at"], unique=False)
    op.create_index(
        "ix_runs_active",
        "runs",
        ["priority", "accepted_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_runs_parent", "runs", ["parent"], unique=False)
    op.create_table(
        "events",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_events_run_runs")),
        sa.PrimaryKeyConstraint("run", "sequence", name=op.f("pk_events")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "locks",
        sa.Column("lock", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_locks_run_runs")),
        sa.PrimaryKeyConstraint("lock", name=op.f("pk_locks")),
    )


def downgrade() -> None:
    """There is nothing before the first schema.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("there is nothing before the first schema")
