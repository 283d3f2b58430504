"""What survives a restart. Knows SQL, never Discord."""

from bot.store.database import Database
from bot.store.jobs import AlreadyClaimed, JobStore
from bot.store.records import JobKind, JobRecord, JobState, NewJob, ReplyAddress

__all__ = ["AlreadyClaimed", "Database", "JobKind", "JobRecord", "JobState", "JobStore", "NewJob", "ReplyAddress"]
