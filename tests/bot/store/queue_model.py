"""A line with jobs in it, and a plain model of its rule."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import strategies as st

from bot.store import ApiKeyStore, Database, JobQueueStore, JobRecord, JobState, JobStore, NewJob, RunningLimits
from bot.store.db.schema import jobs
from tests.bot.records import new_follow_up, new_job, reply_address

NOW = datetime.now(UTC)
FREE = RunningLimits(of_key=10_000, of_guild=10_000, of_member=10_000)
BUSY = (JobState.DISPATCHED, JobState.SUBMITTING, JobState.RUNNING)
OTHER = (JobState.RECORDED, *BUSY, JobState.DONE)


@dataclass
class Model:
    """The rule in plain words: who was called longest ago comes first, on each of its levels."""

    waiting: list[JobRecord]
    running: list[JobRecord]
    called: dict[Hashable, int] = field(default_factory=dict)
    calls: int = 0

    def next(self, limits: RunningLimits) -> JobRecord | None:
        """The job to be called for the key "a", which is called by this."""
        if sum(job.key == "a" for job in self.running) >= limits.of_key:
            return None
        found = next((job for job in self.order() if self._may(job, limits)), None)
        if found is not None:
            self.waiting.remove(found)
            self.running.append(replace(found, key="a"))
            self._call(found)
        return found

    def order(self) -> list[JobRecord]:
        """Everybody's turns, if all could run: the first jobs of all places, then the second ones, and so on."""
        places = defaultdict(list)
        for job in self.waiting:
            places[payer(job)].append(job)
        turns: Mapping[Hashable, list[JobRecord]] = {place: self._of_place(found) for place, found in places.items()}
        return self._dealt(turns)

    def _of_place(self, found: Sequence[JobRecord]) -> list[JobRecord]:
        members = defaultdict(list)
        for job in found:
            members[member(job)].append(job)
        own: Mapping[Hashable, list[JobRecord]] = {
            who: sorted(each, key=lambda job: (job.parent_id is None, *age(job))) for who, each in members.items()
        }
        return self._dealt(own)

    def _dealt(self, hands: Mapping[Hashable, list[JobRecord]]) -> list[JobRecord]:
        """One of each hand, then the next of each; who was called longest ago comes first, in every round."""
        rounds = max((len(hand) for hand in hands.values()), default=0)
        dealt: list[JobRecord] = []
        for number in range(rounds):
            each = [(who, hand[number]) for who, hand in hands.items() if len(hand) > number]
            each.sort(key=lambda pair: (self.called.get(pair[0], -1), *age(hands[pair[0]][0])))
            dealt += [job for _, job in each]
        return dealt

    def _may(self, job: JobRecord, limits: RunningLimits) -> bool:
        in_place = Counter(payer(each) for each in self.running)[payer(job)]
        of_member = Counter(member(each) for each in self.running)[member(job)]
        return job.key in (None, "a") and in_place < limits.of_guild and of_member < limits.of_member

    def _call(self, job: JobRecord) -> None:
        self.calls += 1
        self.called[payer(job)] = self.called[member(job)] = self.calls


def payer(job: NewJob) -> int:
    return job.reply.guild_id or job.reply.user_id


def member(job: NewJob) -> tuple[int, int]:
    return payer(job), job.reply.user_id


def age(job: NewJob) -> tuple[datetime, str]:
    return job.created_at, job.id


@dataclass(frozen=True)
class Wish:
    """A job of this member (4 to 6) in this place (1 to 3, or direct messages)."""

    user: int
    guild: int | None
    follows: bool
    key: str | None
    minutes: int
    state: JobState

    def job(self) -> NewJob:
        make = new_follow_up if self.follows else new_job
        reply = reply_address(user_id=self.user, guild_id=self.guild)
        return make(reply=reply, created_at=NOW - timedelta(minutes=self.minutes), key=self.key, owner="0")


WAITS = st.just(JobState.WAITING)
WISHES = st.lists(
    st.builds(
        Wish,
        user=st.integers(4, 5),
        guild=st.sampled_from([1, 1, 2, None]),
        follows=st.booleans(),
        key=st.sampled_from([None, None, "a", "b"]),
        minutes=st.integers(0, 5),
        state=st.one_of(WAITS, WAITS, WAITS, st.sampled_from(OTHER)),
    ),
    # Fewer than these hardly ever compete.
    min_size=5,
    max_size=14,
)
LIMITS = st.builds(RunningLimits, of_key=st.integers(1, 12), of_guild=st.integers(1, 5), of_member=st.integers(1, 4))


class Hall:
    """A line with these jobs in it."""

    def __init__(self, database: Database) -> None:
        self.store, self.line, self.keys = JobStore(database), JobQueueStore(database), ApiKeyStore(database)
        self._database = database

    async def filled(self, wishes: Iterable[Wish]) -> list[JobRecord]:
        """Nothing but these jobs."""
        await self._database.run(lambda connection: connection.execute(sa.delete(jobs)))
        await self.keys.ensure(["a", "b"])
        return [await self.put(wish.job(), wish.state) for wish in wishes]

    async def put(self, job: NewJob, state: JobState = JobState.WAITING) -> JobRecord:
        record, _ = await self.store.record(job)
        return await self.store.update(record.id, state=state)

    async def call(self, limits: RunningLimits = FREE, *, key: str = "a", process: str = "0") -> JobRecord | None:
        """The job that is called, with nothing between two turns."""
        return (await self.line.take_next(key, process, limits, turn=0, courtesy=0)).job

    async def called(self, limits: RunningLimits = FREE) -> list[JobRecord]:
        """All that can be called, one after the other."""
        found: list[JobRecord] = []
        while (job := await self.call(limits)) is not None:
            found.append(job)
        return found


def model_of(records: Collection[JobRecord]) -> Model:
    return Model(
        [job for job in records if job.state is JobState.WAITING], [job for job in records if job.state in BUSY]
    )
