"""The database. Knows SQL, never Discord."""

from bot.store.api_keys import ApiKeyStore, QuarantinedKey
from bot.store.db.database import Database
from bot.store.db.errors import DatabaseClosed, is_outage
from bot.store.db.unusable import UnusableDatabase, why_unusable
from bot.store.direct_messages import DirectMessageStore
from bot.store.draft_uses import DraftUse, DraftUsed
from bot.store.drafts import Draft, DraftStore
from bot.store.guild_settings import GuildSettings, GuildSettingsStore
from bot.store.job_queue import JobQueueStore, NextJob, RunningLimits, TooManyWaiting, WaitingLimits
from bot.store.job_search import JobFilter, Usage
from bot.store.jobs import AlreadyClaimed, JobStore, is_storable_id
from bot.store.processes import Interrupted, ProcessStore
from bot.store.pubsub import PostgresPubSub
from bot.store.records import JobKind, JobRecord, JobState, NewJob, ReplyTarget, press_key
from bot.store.shard_login_locks import ShardLoginLocks

__all__ = [
    "AlreadyClaimed",
    "ApiKeyStore",
    "Database",
    "DatabaseClosed",
    "DirectMessageStore",
    "Draft",
    "DraftStore",
    "DraftUse",
    "DraftUsed",
    "GuildSettings",
    "GuildSettingsStore",
    "Interrupted",
    "JobFilter",
    "JobKind",
    "JobQueueStore",
    "JobRecord",
    "JobState",
    "JobStore",
    "NewJob",
    "NextJob",
    "PostgresPubSub",
    "ProcessStore",
    "QuarantinedKey",
    "ReplyTarget",
    "RunningLimits",
    "ShardLoginLocks",
    "TooManyWaiting",
    "UnusableDatabase",
    "Usage",
    "WaitingLimits",
    "is_outage",
    "is_storable_id",
    "press_key",
    "why_unusable",
]
