"""Several daemons on one database, and a journal that tells its form.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    # What was written before the form was told is of the first form.
    op.add_column("events", sa.Column("format", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.create_table(
        "triggers",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_triggers")),
    )
    op.add_column("runs", sa.Column("holder", sa.String(), nullable=True))
    op.add_column("runs", sa.Column("until_seconds", sa.Float(), nullable=True))
    op.add_column("runs", sa.Column("strikes", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("runs", sa.Column("claimed_head", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "daemons",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_seconds", sa.Float(), nullable=False),
        sa.Column("seen_seconds", sa.Float(), nullable=False),
        sa.Column("until_seconds", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("most_runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daemons")),
    )
    op.add_column("slots", sa.Column("boot", sa.String(), nullable=True))
    op.create_table(
        "schedules",
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("schedule", name=op.f("pk_schedules")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sqlite_autoincrement=True,
    )
