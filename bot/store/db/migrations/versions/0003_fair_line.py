"""The line in front of the API, the processes that serve it, and the API keys they share."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)
_OPEN = sa.text("delivered_at IS NULL OR late_until IS NOT NULL")


def upgrade() -> None:
    """Add what is new. A job that waited to be sent stands in line; those that run have no process yet."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("key", sa.String(16)))
        jobs.add_column(sa.Column("owner", sa.String(32)))
        jobs.add_column(sa.Column("calls", sa.Integer, nullable=False, server_default="0"))
        jobs.add_column(sa.Column("called_at", _moment))
        jobs.add_column(sa.Column("late_until", _moment))
    op.create_index("ix_jobs_called_at", "jobs", ["called_at"])
    op.create_index("ix_jobs_open", "jobs", ["owner"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.execute("UPDATE jobs SET state = 'waiting' WHERE state = 'recorded' AND message_id IS NOT NULL")
    op.create_table(
        "processes",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )
    op.create_table(
        "api_keys",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("next_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("set_aside_until", sa.Double),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_api_keys"),
    )
