"""The direct messages that were opened, by all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; channels opened before count as not opened yet."""
    op.create_table(
        "direct_messages",
        sa.Column("user_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_direct_messages"),
    )
    op.create_table(
        "pauses",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pauses"),
    )
