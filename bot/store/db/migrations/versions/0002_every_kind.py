"""Jobs of every kind, several jobs of one interaction, drafts, and what is set for a place."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what is new; jobs that are there keep everything and get the values they always had silently."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("part", sa.Integer, nullable=False, server_default="0"))
        for name, empty in (("texts", "[]"), ("videos", "[]"), ("details", "{}")):
            jobs.add_column(sa.Column(name, sa.JSON, nullable=False, server_default=empty))
        jobs.add_column(sa.Column("cost_credits", sa.Integer))
        jobs.drop_constraint("uq_jobs_interaction_id", type_="unique")
        jobs.create_unique_constraint("uq_jobs_interaction_id_part", ["interaction_id", "part"])
    op.create_index("ix_jobs_message_id", "jobs", ["message_id"])
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("used_at", _moment),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
    )
    op.create_index("ix_drafts_created_at", "drafts", ["created_at"])
    op.create_table(
        "places",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("boost", sa.Boolean, nullable=False),
        sa.Column("check_prompts", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
    )
