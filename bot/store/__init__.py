"""What survives a restart. Knows SQL, never Discord."""

from bot.store.api_keys import ApiKeyStore, SetAside
from bot.store.db.database import Database
from bot.store.drafts import Draft, DraftStore
from bot.store.guild_settings import PlaceSettings, PlaceStore
from bot.store.job_queue import LineStore, NoRoom, Room, RunningLimits, Turn
from bot.store.job_search import JobFilter, Usage
from bot.store.jobs import AlreadyClaimed, JobStore
from bot.store.processes import Interrupted, ProcessStore
from bot.store.pubsub import PostgresSignals
from bot.store.records import JobKind, JobRecord, JobState, NewJob, ReplyAddress
from bot.store.shard_login_locks import IdentifyTurns

__all__ = [
    "AlreadyClaimed",
    "ApiKeyStore",
    "Database",
    "Draft",
    "DraftStore",
    "IdentifyTurns",
    "Interrupted",
    "JobFilter",
    "JobKind",
    "JobRecord",
    "JobState",
    "JobStore",
    "LineStore",
    "NewJob",
    "NoRoom",
    "PlaceSettings",
    "PlaceStore",
    "PostgresSignals",
    "ProcessStore",
    "ReplyAddress",
    "Room",
    "RunningLimits",
    "SetAside",
    "Turn",
    "Usage",
]
