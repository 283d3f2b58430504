"""What survives a restart. Knows SQL, never Discord."""

from bot.store.database import Database
from bot.store.drafts import Draft, DraftStore
from bot.store.job_search import JobFilter, Usage
from bot.store.jobs import AlreadyClaimed, JobStore
from bot.store.places import PlaceSettings, PlaceStore
from bot.store.records import JobKind, JobRecord, JobState, NewJob, ReplyAddress
from bot.store.signals import PostgresSignals

__all__ = [
    "AlreadyClaimed",
    "Database",
    "Draft",
    "DraftStore",
    "JobFilter",
    "JobKind",
    "JobRecord",
    "JobState",
    "JobStore",
    "NewJob",
    "PlaceSettings",
    "PlaceStore",
    "PostgresSignals",
    "ReplyAddress",
    "Usage",
]
