"""Replies that had to move into their member's direct messages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark; replies that are there have never moved."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("in_dm", sa.Boolean, nullable=False, server_default=sa.false()))
