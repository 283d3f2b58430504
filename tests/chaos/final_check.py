"""Checks the invariants once all jobs are settled: none lost, none paid twice, no unfinished reply."""

import asyncio
import time
from collections import Counter

from bot.store import Database, JobFilter, JobRecord, JobStore
from playground.discord_server.state.channels import LOADING
from playground.discord_server.state.seed import USERS
from tests.chaos import invariants
from tests.chaos.fault_injector import FaultInjector
from tests.chaos.simulated_members import SimulatedMembers, bot_messages, is_unfinished
from tests.chaos.supervisor import Supervisor
from tests.end_to_end.environment import Environment

_ALL = 100_000
_SETTLING_SECONDS = 60.0
_CHECK_SECONDS = 0.3


class FinalCheck:
    """Waits until all jobs and replies have ended, then checks the invariants."""

    def __init__(
        self,
        environment: Environment,
        supervisor: Supervisor,
        members: SimulatedMembers,
        faults: FaultInjector,
        database: Database,
    ) -> None:
        self._environment = environment
        self._supervisor = supervisor
        self._members = members
        self._faults = faults
        self._store = JobStore(database)

    async def wait_until_settled(self) -> None:
        """Wait until all jobs and replies have ended, but at most `_SETTLING_SECONDS`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SETTLING_SECONDS
        while loop.time() < until and await self._is_unsettled():  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(_CHECK_SECONDS)

    async def check(self) -> None:
        """Fail if an invariant is broken, and write all events to a file."""
        rows, paid = await self._rows(), list(self._environment.api.jobs.values())
        found = [
            *invariants.payment_violations(rows, paid),
            *invariants.unfinished_jobs(rows),
            *invariants.reply_violations(bot_messages(self._environment), rows, self._faults.deleted),
            *invariants.log_violations(
                [line for bot in self._supervisor.runs for line in bot.lines], invariants.secrets_of(self._environment)
            ),
            *self._supervisor.unexpected_exits,
        ]
        states = Counter(str(row.state) for row in rows)
        print(  # noqa: T201
            f"{len(rows)} jobs {dict(states)}, {len(paid)} paid, {len(self._supervisor.runs)} processes, "
            f"{len(self._faults.injected)} faults, "
            f"{self._members.acknowledged} of {len(self._members.actions)} actions acknowledged"
        )
        log_file = self._environment.folder / "chaos.log"
        log_file.write_text("\n".join([*self._event_log(), *map(repr, rows)]))
        assert not found, "\n".join([*found, f"All of it: {log_file}"])

    async def _is_unsettled(self) -> bool:
        if any(
            is_unfinished(each.message) and not each.message["flags"] & LOADING
            for each in bot_messages(self._environment)
        ):
            return True
        return any(row.delivered_at is None for row in await self._rows())

    async def _rows(self) -> list[JobRecord]:
        """The records of all members' jobs."""
        members = [JobFilter(user_id=int(user_id), everywhere=True) for user_id, *_ in USERS]
        return [row for member in members for row in await self._store.find(member, limit=_ALL)]

    def _event_log(self) -> list[str]:
        """Log lines, refused requests and injected faults, in order of time."""
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
        return [text for _, text in sorted([*logged, *refused, *self._faults.injected])]
