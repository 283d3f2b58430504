"""The operator's calls to the API, most of them for the linked accounts of the DIY plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.errors import UserError
from bot.imaginepro import (
    Account,
    HistoryItem,
    ImagineProClient,
    ImagineProError,
    Job,
    LinkedAccount,
    MessageTrace,
    Priority,
)
from bot.services.admin.unpublished_calls import UnpublishedCalls
from bot.services.tracker import Overdue, PollRequest, Snapshot, Tracker
from bot.settings.unpublished_endpoints import Endpoint, UnpublishedCall
from bot.store import JobStore
from bot.timings import DEFAULT_TIMINGS, Timings

HISTORY_PAGE = 10


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The job of a Midjourney command as last read; None when the API named none or it can't be read.

    `trouble` is a sentence when the job has not been seen to end.
    """

    job: Job | None
    trouble: str | None = None


class Operator:
    """The operator's calls. `unpublished` are those whose paths come from the settings, as `endpoints`."""

    def __init__(
        self,
        api: ImagineProClient,
        jobs: JobStore,
        tracker: Tracker,
        endpoints: Mapping[UnpublishedCall, Endpoint],
        *,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._api = api
        self._jobs = jobs
        self._tracker = tracker
        self.unpublished = UnpublishedCalls(api, endpoints)
        self._command_timeout = timings.operator_command
        self._cache: dict[str, LinkedAccount] = {}

    async def accounts(self) -> list[LinkedAccount]:
        """All linked accounts."""
        found = await self._api.linked_accounts()
        self._cache = {account.id: account for account in found}
        return found

    def known_accounts(self, typed: str) -> list[LinkedAccount]:
        """The accounts of the last list whose id contains the text; no request."""
        return [account for account in self._cache.values() if typed.strip() in account.id]

    async def account(self, account_id: str) -> LinkedAccount:
        """One linked account. Raises `RequestRefused` when there is none with this id."""
        return self._cached(await self._api.linked_account(account_id))

    async def switch(self, account_id: str, *, active: bool) -> LinkedAccount:
        """Turn an account on or off for jobs, and return it."""
        return self._cached(await self._api.toggle_linked_account(account_id, active))

    async def trace(self, message_id: str) -> MessageTrace:
        """Which linked account ran a job; takes the API's id or the bot's own.

        Raises `UserError` for a job of the bot that the API never confirmed, `UnknownJob` for an unknown id.
        """
        job = await self._jobs.get(message_id.strip())
        if job is None:
            return await self._api.message_trace(message_id.strip())
        if job.remote_id is None:
            raise UserError("ImaginePro never confirmed this job, so there is nothing to trace.")
        return await self._api.message_trace(job.remote_id)

    async def command(self, cmd: str, account_id: str) -> CommandResult:
        """The result of a Midjourney command, which is sent once. Waits at most two minutes for it.

        Raises `UserError` when the command may have run without an answer.
        """
        try:
            submission = await self._api.command(cmd, account_id.strip())
        except ImagineProError as error:
            if not error.may_have_created:
                raise
            raise UserError(
                "ImaginePro gave no clear answer, so the command may have been run. It was not sent again. "
                "See with /operator account before you send it again."
            ) from error
        if submission is None:
            return CommandResult(None, "ImaginePro took the command and named no job to follow.")
        return await self._result(submission.message_id)

    async def history(self, page: int) -> list[HistoryItem]:
        """One page of the account's pictures of the last 24 hours, newest first."""
        return await self._api.history(page=page, size=HISTORY_PAGE, priority=Priority.FREE)

    async def plan(self) -> Account:
        """Plan and credits."""
        return await self._api.account()

    def _cached(self, account: LinkedAccount) -> LinkedAccount:
        self._cache[account.id] = account
        return account

    async def _result(self, message_id: str) -> CommandResult:
        since, seen = datetime.now(UTC), [Snapshot(None)]
        poll = PollRequest(
            remote_id=message_id,
            # A command has no picture.
            expected=None,
            deadline=lambda: since + self._command_timeout,
            on_change=seen.append,
            duration_class="command",
            since=since,
        )
        try:
            return CommandResult(await self._tracker.follow(poll))
        except Overdue:
            return CommandResult(
                seen[-1].job, seen[-1].trouble or "The command has not ended yet; the bot stopped waiting."
            )
        except ImagineProError as error:
            return CommandResult(seen[-1].job, error.text)
