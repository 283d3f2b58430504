"""The API's queues that were full."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; until the API refuses a job for want of room, every queue counts as open."""
    op.create_table(
        "api_queues",
        sa.Column("key_name", sa.String(16), nullable=False),
        sa.Column("queue", sa.String(16), nullable=False),
        sa.Column("full_until", sa.Double, nullable=False),
        sa.Column("pause", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("key_name", "queue", name="pk_api_queues"),
    )
