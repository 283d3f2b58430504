"""The tables of the product itself; the workflow engine keeps its own elsewhere."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A time in UTC. SQLite drops time zones, so it is added back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC; raises `ValueError` for one without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """The time as it was stored, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("seed", sa.BigInteger),
    sa.Column("parent_id", sa.String(32), index=True),
    sa.Column("parent_remote_id", sa.Text),
    sa.Column("button", sa.Text),
    sa.Column("once_key", sa.Text, unique=True),
    sa.Column("remote_id", sa.Text, unique=True),
    sa.Column("interaction_id", sa.BigInteger, nullable=False),
    sa.Column("part", sa.Integer, nullable=False, server_default="0"),
    sa.Column("application_id", sa.BigInteger, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger, index=True),
    sa.Column("in_dm", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("upload_limit", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("submitting_at", UtcDateTime),
    sa.Column("submitted_at", UtcDateTime),
    sa.Column("cancel_requested_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("delivered_at", UtcDateTime),
    sa.Column("image_url", sa.Text),
    sa.Column("original_url", sa.Text),
    sa.Column("tiles", sa.JSON, nullable=False),
    sa.Column("buttons", sa.JSON, nullable=False),
    sa.Column("texts", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("videos", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("details", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("cost_credits", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("key", sa.String(16)),
    sa.Column("owner", sa.String(32)),
    sa.Column("calls", sa.Integer, nullable=False, server_default="0"),
    sa.Column("called_at", UtcDateTime, index=True),
    sa.Column("late_until", UtcDateTime),
    sa.UniqueConstraint("interaction_id", "part"),
)

needs_owner = jobs.c.delivered_at.is_(None) | jobs.c.late_until.is_not(None)
"""Jobs that a process has to own."""

sa.Index("ix_jobs_open", jobs.c.owner, sqlite_where=needs_owner, postgresql_where=needs_owner)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
    sa.Column("used_at", UtcDateTime),
)

guild_settings = sa.Table(
    "places",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("boost", sa.Boolean, nullable=False),
    sa.Column("check_prompts", sa.Boolean, nullable=False),
)

processes = sa.Table(
    "processes",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("run", sa.String(32), nullable=False),
    # Seconds since 1970 by the database's own clock: those of several machines differ.
    sa.Column("seen_at", sa.Double, nullable=False),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    # Seconds since 1970 by the database's clock, as above.
    sa.Column("next_at", sa.Double, nullable=False, server_default="0"),
    sa.Column("set_aside_until", sa.Double),
    sa.Column("reason", sa.Text),
)

api_queues = sa.Table(
    "api_queues",
    metadata,
    sa.Column("key_name", sa.String(16), primary_key=True),
    sa.Column("queue", sa.String(16), primary_key=True),
    # Seconds since 1970 by the database's clock, as above.
    sa.Column("full_until", sa.Double, nullable=False),
    sa.Column("pause", sa.Double, nullable=False),
)
"""The API's queues that were full when a job was last sent there. After `full_until` one job tries again; the rest wait
for its answer, at most `pause` seconds."""

direct_messages = sa.Table(
    "direct_messages",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.BigInteger),
    # Seconds since 1970 by the database's clock, as above.
    sa.Column("opened_at", sa.Double, nullable=False),
)
"""Members to whom a direct message channel was opened; without `channel_id` it is not known whether Discord did so."""

pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    # Seconds since 1970 by the database's clock, as above.
    sa.Column("until", sa.Double, nullable=False),
)
"""What no process does for a while, because Discord has refused it."""
