"""The jobs table, as the first release knew it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table. Columns are spelt out: a migration must not change when the schema module does."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("seed", sa.BigInteger),
        sa.Column("parent_id", sa.String(32)),
        sa.Column("parent_remote_id", sa.String(128)),
        sa.Column("button", sa.Text),
        sa.Column("once_key", sa.Text),
        sa.Column("remote_id", sa.String(128)),
        sa.Column("interaction_id", sa.BigInteger, nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("opened_at", _moment, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("upload_limit", sa.BigInteger, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("submitting_at", _moment),
        sa.Column("submitted_at", _moment),
        sa.Column("cancel_requested_at", _moment),
        sa.Column("finished_at", _moment),
        sa.Column("delivered_at", _moment),
        sa.Column("image_url", sa.Text),
        sa.Column("original_url", sa.Text),
        sa.Column("tiles", sa.JSON, nullable=False),
        sa.Column("buttons", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("once_key", name="uq_jobs_once_key"),
        sa.UniqueConstraint("remote_id", name="uq_jobs_remote_id"),
        sa.UniqueConstraint("interaction_id", name="uq_jobs_interaction_id"),
    )
    for column in ("state", "parent_id", "user_id"):
        op.create_index(f"ix_jobs_{column}", "jobs", [column])
