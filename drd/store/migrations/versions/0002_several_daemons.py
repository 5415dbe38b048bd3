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
