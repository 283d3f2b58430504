"""Checks the invariants once all jobs are settled, and prints what came of the run."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.store import Database, JobFilter, JobRecord, JobStore
from playground.discord_server.state.channels import LOADING
from tests.chaos.people.account import AccountKeys, AccountOwner
from tests.chaos.people.hostile import HostileMembers
from tests.chaos.people.ordinary import SimulatedMembers
from tests.chaos.replies import bot_messages, is_unfinished
from tests.chaos.supervisor import Supervisor
from tests.chaos.troubles.injector import Injector
from tests.chaos.verdict import invariants
from tests.chaos.verdict.logs import log_violations, secrets_of
from tests.chaos.verdict.shown_images import ShownImages
from tests.chaos.verdict.table import Findings, table
from tests.chaos.verdict.waiting import Phases, Wait, waits
from tests.end_to_end.environment import Environment

_ALL = 100_000
_SETTLING_SECONDS = 90.0
_CHECK_SECONDS = 0.3
_LONGEST = 600


class FinalCheck:
    """Waits until all jobs and replies have ended, then checks the invariants. `waits` are known after `check`."""

    def __init__(
        self,
        environment: Environment,
        supervisor: Supervisor,
        injector: Injector,
        database: Database,
        *,
        keys: AccountKeys,
        owner: AccountOwner,
        members: SimulatedMembers,
        hostile: HostileMembers,
        phases: Phases,
    ) -> None:
        self.waits: dict[str, Wait] = {}
        self._newest: list[JobRecord] = []
        self._environment = environment
        self._supervisor = supervisor
        self._injector = injector
        self._store = JobStore(database)
        self._keys = keys
        self._owner = owner
        self._members = members
        self._hostile = hostile
        self._phases = phases

    async def recorded(self, user_ids: Sequence[str]) -> int:
        """How many jobs these members have."""
        wanted = [JobFilter(user_id=int(user_id), everywhere=True) for user_id in user_ids]
        return sum([await self._store.count(each) for each in wanted])

    async def wait_until_settled(self) -> None:
        """Wait until all jobs and replies have ended, but at most `_SETTLING_SECONDS`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SETTLING_SECONDS
        while loop.time() < until and await self._is_unsettled():  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(_CHECK_SECONDS)

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Write all events to a file if the block fails, and name it."""
        try:
            yield
        except Exception as error:
            log_file = self._environment.folder / "chaos.log"
            log_file.write_text("\n".join([*self._event_log(), *map(repr, self._newest)]))
            error.add_note(f"All events: {log_file}")
            raise

    async def check(self, title: str, deleted: set[str]) -> None:
        """Print the summary; fail if an invariant is broken."""
        rows = await self._rows([*self._members.ids, *self._hostile.ids])
        facts = invariants.Facts(
            rows=rows,
            paid=list(self._environment.api.jobs.values()),
            messages=bot_messages(self._environment.discord),
            own_prompts=self._owner.prompts,
            deleted=deleted,
        )
        found = await self._findings(facts)
        of_members = [row for row in rows if str(row.reply.user_id) in self._members.ids]
        self.waits = waits(of_members, facts.paid, self._phases)
        print(table(title, facts, found, self.waits))  # noqa: T201
        print(f"  {self._how_it_went()}\n  hostile members: {_counts(self._hostile.done)}")  # noqa: T201
        assert not found.lines, "\n".join(line[:_LONGEST] for line in found.lines)

    def _how_it_went(self) -> str:
        return (
            f"{len(self._supervisor.runs)} processes, {len(self._injector.injected)} troubles, "
            f"{self._members.acknowledged} of {len(self._members.actions)} actions acknowledged"
        )

    async def _findings(self, facts: invariants.Facts) -> Findings:
        images = ShownImages(self._environment.api, self._environment.discord)
        await images.learn(list(facts.paid))
        lines = [line for bot in self._supervisor.runs for line in bot.lines]
        return Findings(
            lost=[*invariants.lost(facts)],
            twice=[*invariants.paid_twice(facts)],
            foreign=[*invariants.foreign(facts, images)],
            stuck=[*invariants.unfinished(facts)],
            stale=[*invariants.stale(facts)],
            ignored=[*invariants.sent_after_cancel(facts, self._members.actions)],
            others=[
                *log_violations(lines, secrets_of(self._environment, self._keys.every)),
                *self._supervisor.unexpected_exits,
            ],
        )

    async def _is_unsettled(self) -> bool:
        if any(
            is_unfinished(each.message) and not each.message["flags"] & LOADING
            for each in bot_messages(self._environment.discord)
        ):
            return True
        rows = await self._rows([*self._members.ids, *self._hostile.ids])
        return any(not row.state.is_final or row.delivered_at is None for row in rows)

    async def _rows(self, user_ids: Sequence[str]) -> list[JobRecord]:
        """The records of these members' jobs."""
        wanted = [JobFilter(user_id=int(user_id), everywhere=True) for user_id in user_ids]
        self._newest = [row for each in wanted for row in await self._store.find(each, limit=_ALL)]
        return self._newest

    def _event_log(self) -> list[str]:
        """Log lines, refused requests and injected troubles, in order of time."""
        logged = [
            (logged_at, f"{number}: {line}")
            for number, bot in enumerate(self._supervisor.runs)
            for logged_at, line in bot.timed_lines
        ]
        behind = time.time() - time.monotonic()
        refused = [
            (entry.time - behind, f"Discord: {entry.line()}")
            for entry in self._environment.discord.request_log
            if entry.status >= 400
        ]
        posted = [
            (entry.time - behind, f"API: {entry.method} {entry.path} {entry.status} {entry.body}")
            for entry in self._environment.api.request_log
            if entry.method == "POST" and not entry.path.endswith("prompt-check")
        ]
        return [text for _, text in sorted([*logged, *refused, *posted, *self._injector.injected])]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in sorted(counter.items())) or "none"
