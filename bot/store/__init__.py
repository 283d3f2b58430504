"""What survives a restart. Knows SQL, never Discord."""

from bot.store.api_keys import ApiKeyStore, SetAside
from bot.store.database import Database
from bot.store.drafts import Draft, DraftStore
from bot.store.identify_turns import IdentifyTurns
from bot.store.job_search import JobFilter, Usage
from bot.store.jobs import AlreadyClaimed, JobStore
from bot.store.line import LineStore, NoRoom, Room, RunningLimits, Turn
from bot.store.places import PlaceSettings, PlaceStore
from bot.store.processes import Interrupted, ProcessStore
from bot.store.records import JobKind, JobRecord, JobState, NewJob, ReplyAddress
from bot.store.signals import PostgresSignals

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
