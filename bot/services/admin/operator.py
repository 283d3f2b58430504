"""What whoever runs the bot can do with the API's account, above all with the linked accounts of the DIY plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import UserError
from bot.imaginepro import Account, HistoryItem, ImagineProError, Job, LinkedAccount, MessageTrace, Submission
from bot.services.admin.unpublished_calls import UnpublishedApi, UnpublishedCalls
from bot.services.tracker import Overdue, PollRequest, Snapshot, Tracker
from bot.settings.unpublished_endpoints import Endpoint, UnpublishedCall
from bot.store import JobRecord

COMMAND_PATIENCE = timedelta(minutes=2)
"""How long the result of a Midjourney command is waited for."""

HISTORY_PAGE = 10


class OperatorApi(UnpublishedApi, Protocol):
    """The part of the API client that the operator needs; every method raises `ImagineProError`."""

    async def linked_accounts(self) -> list[LinkedAccount]: ...
    async def linked_account(self, account_id: str) -> LinkedAccount: ...
    async def toggle_linked_account(self, account_id: str, active: bool) -> LinkedAccount: ...
    async def message_trace(self, message_id: str) -> MessageTrace: ...
    async def command(self, cmd: str, token_id: str | None = None) -> Submission | None: ...
    async def history(self, *, page: int = 1, size: int = 10) -> list[HistoryItem]: ...
    async def account(self) -> Account: ...


class JobBook(Protocol):
    """The part of the store that the operator needs."""

    async def get(self, job_id: str) -> JobRecord | None:
        """The job with this id, or None."""
        ...


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of a Midjourney command: the job as last read, `None` when the API named none or it can't be read.

    `trouble` is the sentence for a job whose end was not seen.
    """

    job: Job | None
    trouble: str | None = None


class Operator:
    """The operator's calls. `unpublished` are those whose paths have to be set: `endpoints`."""

    def __init__(
        self,
        api: OperatorApi,
        jobs: JobBook,
        tracker: Tracker,
        endpoints: Mapping[UnpublishedCall, Endpoint],
        *,
        patience: timedelta = COMMAND_PATIENCE,
    ) -> None:
        self._api = api
        self._jobs = jobs
        self._tracker = tracker
        self.unpublished = UnpublishedCalls(api, endpoints)
        self._patience = patience
        self._known: dict[str, LinkedAccount] = {}

    async def accounts(self) -> list[LinkedAccount]:
        """All linked accounts."""
        found = await self._api.linked_accounts()
        self._known = {account.id: account for account in found}
        return found

    def known_accounts(self, typed: str) -> list[LinkedAccount]:
        """The accounts of the last list whose id holds these signs; nothing is asked."""
        return [account for account in self._known.values() if typed.strip() in account.id]

    async def account(self, account_id: str) -> LinkedAccount:
        """One linked account; raises `RequestRefused` when there is none with this id."""
        return self._remembered(await self._api.linked_account(account_id))

    async def switch(self, account_id: str, *, active: bool) -> LinkedAccount:
        """The account, from now on used for jobs or not."""
        return self._remembered(await self._api.toggle_linked_account(account_id, active))

    async def trace(self, message_id: str) -> MessageTrace:
        """Which linked account ran a job, by the API's id for it or by the bot's own.

        Raises `UserError` for a job of the bot that the API never had, `UnknownJob` for one it does not know.
        """
        job = await self._jobs.get(message_id.strip())
        if job is None:
            return await self._api.message_trace(message_id.strip())
        if job.remote_id is None:
            raise UserError("ImaginePro never confirmed this job, so there is nothing to trace.")
        return await self._api.message_trace(job.remote_id)

    async def command(self, cmd: str, account_id: str) -> CommandResult:
        """What a Midjourney command answered, waited for as long as patience lasts; it is sent once.

        Raises `UserError` when it is not certain whether the command was run.
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
        return await self._api.history(page=page, size=HISTORY_PAGE)

    async def plan(self) -> Account:
        """Plan and credits."""
        return await self._api.account()

    def _remembered(self, account: LinkedAccount) -> LinkedAccount:
        self._known[account.id] = account
        return account

    async def _result(self, message_id: str) -> CommandResult:
        since, seen = datetime.now(UTC), [Snapshot(None)]
        following = PollRequest(
            remote_id=message_id,
            # A command has no picture to wait for.
            expected=None,
            deadline=lambda: since + self._patience,
            on_change=seen.append,
            duration_class="command",
            since=since,
        )
        try:
            return CommandResult(await self._tracker.follow(following))
        except Overdue:
            return CommandResult(
                seen[-1].job, seen[-1].trouble or "The command has not ended yet; the bot stopped waiting."
            )
        except ImagineProError as error:
            return CommandResult(seen[-1].job, error.text)
