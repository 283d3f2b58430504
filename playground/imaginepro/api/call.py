"""One request to the API, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    import asyncio

    from playground.imaginepro.account_service import AccountService
    from playground.imaginepro.jobs.fault import ChosenFault, RequestKind
    from playground.imaginepro.jobs.job import Job
    from playground.imaginepro.jobs.prompt import Prompt


@dataclass
class Call:
    """A request, the job it names, and the prompt it has or continues."""

    service: AccountService
    request: web.Request
    kind: RequestKind
    body: dict[str, Any]
    prompt: Prompt
    job: Job | None = None
    named_faults: tuple[ChosenFault, ...] = ()

    @property
    def faults_cleared(self) -> asyncio.Event:
        """Set when the account's faults are cleared next."""
        return self.service.faults.cleared

    def cut(self) -> web.Response:
        """Reset the connection; the response returned is never sent."""
        if self.request.transport is not None:
            self.request.transport.abort()
        return web.Response(status=500)

    def empty_account(self, seconds: float) -> None:
        """Make the account look empty for `seconds`."""
        self.service.account.empty(seconds)

    def choose_fault(self, name: str, on: RequestKind, within: float) -> None:
        """Make the next request of this kind within `within` seconds meet the named fault."""
        self.service.faults.choose(name, on=on, within=within)
