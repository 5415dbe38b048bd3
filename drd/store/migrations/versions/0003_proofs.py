"""Proofs: what schedules, verifications, findings and evidence leave behind.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.add_column("runs", sa.Column("abandoned", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("taken", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "findings",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "code", "subject", name=op.f("pk_findings")),
    )
    op.create_table(
        "standing_plans",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("runbook", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "runbook", "mode", name=op.f("pk_standing_plans")),
    )
    op.create_table(
        "finding_scopes",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_finding_scopes")),
    )
    op.create_table(
        "evidence",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("installation", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_evidence")),
        sa.UniqueConstraint("key", name=op.f("uq_evidence_key")),
    )
    op.create_index("ix_evidence_id", "evidence", ["id"], unique=False)
    op.create_index("ix_evidence_service", "evidence", ["tenant", "service"], unique=False)
    op.create_index(
        "ix_evidence_about",
        "evidence",
        ["about"],
        unique=False,
        sqlite_where=sa.text("about IS NOT NULL"),
        postgresql_where=sa.text("about IS NOT NULL"),
    )
    op.create_table(
        "chains",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("installation", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chains")),
    )
    _schedules()
    _verifications()
    _drills()
    _inventory()


def _schedules() -> None:
    """Let one turn of a schedule be at work at a time, count how turns ended, and remember pauses."""
    op.add_column("slots", sa.Column("actor", sa.String(), server_default=sa.text("''"), nullable=False))
    # Of several turns that earlier versions left at work, the newest may still be; nobody knows of the others.
    op.execute(
        "UPDATE slots SET state = 'failed', because = 'another turn was at work' WHERE state = 'claimed' AND due_at <"
        " (SELECT max(other.due_at) FROM slots AS other"
        " WHERE other.schedule = slots.schedule AND other.state = 'claimed')"
    )
    op.create_index(
        "ux_slots_at_work",
        "slots",
        ["schedule"],
        unique=True,
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    for count in ("ran", "ran_late", "failed", "missed"):
        op.add_column("schedules", sa.Column(count, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    for last in ("last_success_at", "last_missed_at"):
        op.add_column("schedules", sa.Column(last, sa.String(), nullable=True))
    op.create_table(
        "pauses",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.String(), nullable=True),
        sa.Column("resumed_by", sa.String(), nullable=True),
        sa.Column("resumed_because", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pauses")),
    )
    op.create_index(
        "ux_pauses_held",
        "pauses",
        ["schedule"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _verifications() -> None:
    """Keep what was proven of recovery points, and which drills were asked."""
    op.create_table(
        "verifications",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )
    op.create_index("ix_verifications_item", "verifications", ["tenant", "item", "rung", "outcome", "at"])
    op.create_index("ix_verifications_run", "verifications", ["run"])
    op.create_index("ix_verifications_at", "verifications", ["at"])
    op.create_table(
        "verification_figures",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item", "rung", "outcome", name=op.f("pk_verification_figures")),
    )
    op.create_table(
        "told_runs",
        sa.Column("run", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_told_runs")),
    )
    _spreads()


def _spreads() -> None:
    """Keep room for recoveries and counts of what leaves, and find the few events about approvals by themselves."""
    op.create_table(
        "spreads",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("newest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "tenant", "name", "mode", "outcome", "verdict", "part", name=op.f("pk_spreads")
        ),
    )
    op.create_table(
        "recovery_rooms",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("needed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "region", "family", name=op.f("pk_recovery_rooms")),
    )
    approvals = sa.text("kind IN ('approval.asked', 'approval.given', 'approval.denied')")
    op.create_index(
        "ix_events_approvals",
        "events",
        ["run", "sequence"],
        unique=False,
        sqlite_where=approvals,
        postgresql_where=approvals,
    )


def _inventory() -> None:
    """Keep points apart from what changes at each collection, and what vaults told by whole lists."""
    op.create_table(
        "item_points",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("mechanism", sa.String(), nullable=False),
        sa.Column("seen_at", sa.String(), nullable=False),
        sa.Column("newest_at", sa.String(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=True),
        sa.Column("newest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "item", "mechanism", name=op.f("pk_item_points")),
    )
    op.create_table(
        "vault_lists",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("vault", sa.String(), nullable=False),
        sa.Column("mechanism", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(), nullable=False),
        sa.Column("seen_at", sa.String(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "vault", "mechanism", "kind", name=op.f("pk_vault_lists")),
    )


def _drills() -> None:
    """Keep how the ends of drills were looked at; those that are over are looked at once more, and judged then."""
    op.add_column("runs", sa.Column("verdict", sa.String(), nullable=True))
    op.add_column("runs", sa.Column("verdict_because", sa.Text(), nullable=True))
    op.execute("UPDATE runs SET verdict = 'unconfirmed' WHERE mode = 'drill' AND ended_at IS NOT NULL")
    op.create_index(
        "ix_runs_unconfirmed",
        "runs",
        ["ended_at", "id"],
        unique=False,
        sqlite_where=sa.text("verdict = 'unconfirmed'"),
        postgresql_where=sa.text("verdict = 'unconfirmed'"),
    )
    op.create_table(
        "drill_listings",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("impossible", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_drill_listings")),
    )
