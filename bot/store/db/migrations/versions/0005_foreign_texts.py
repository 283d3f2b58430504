"""The API's ids without a limit to their length, and no masks of jobs that ended long ago."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MASK_KEPT = timedelta(days=1)
_ENDED = ("done", "failed", "cancelled", "unclear")


def upgrade() -> None:
    """Delete the masks first: SQLite copies the whole table to change a column."""
    op.execute(_masks_deleted())
    with op.batch_alter_table("jobs") as jobs:
        for name in ("remote_id", "parent_remote_id"):
            jobs.alter_column(name, existing_type=sa.String(128), type_=sa.Text, existing_nullable=True)


def _masks_deleted() -> sa.Update:
    if op.get_bind().dialect.name == "sqlite":
        found, rest = "json_type(details, '$.mask') IS NOT NULL", "json_remove(details, '$.mask')"
    else:
        found, rest = "(details -> 'mask') IS NOT NULL", "(details::jsonb - 'mask')::json"
    moment = sa.DateTime(timezone=True)
    jobs = sa.table("jobs", sa.column("state", sa.Text), sa.column("finished_at", moment), sa.column("details"))
    before = datetime.now(UTC) - _MASK_KEPT
    return (
        sa.update(jobs)
        .where(jobs.c.state.in_(_ENDED), jobs.c.finished_at < before, sa.text(found))
        .values(details=sa.text(rest))
    )
