"""Requests of discord.py, which are never cancelled: who stops waiting for one leaves it to its end.

Cancelled while it sleeps through a global 429, discord.py never opens its global lock again, and every later request of
the process waits for it in silence. The lock that it holds for each interaction's token has the same fault.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import discord
from discord.webhook.async_ import AsyncWebhookAdapter

P = ParamSpec("P")
T = TypeVar("T")
Request = Callable[P, Coroutine[Any, Any, T]]


class UncancelledRequests:
    """Runs each request in a task of its own. `ended` counts those that were answered, or failed."""

    def __init__(self) -> None:
        self.ended = 0
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def wrap(self, request: Request[P, T]) -> Request[P, T]:
        """The request as a coroutine function that can be cancelled, which ends nothing but the wait."""

        @wraps(request)
        async def uncancelled(*arguments: P.args, **options: P.kwargs) -> T:
            task = asyncio.create_task(request(*arguments, **options))
            self._running.add(task)
            task.add_done_callback(self._on_end)
            return await asyncio.shield(task)

        return uncancelled

    async def settle(self, seconds: float) -> None:
        """Wait for the requests under way, at most this number of seconds."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)

    def _on_end(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        self.ended += 1
        if not task.cancelled():
            # Marks the error of a late answer as seen, or asyncio would log it.
            task.exception()


def protect(client: discord.Client) -> UncancelledRequests:
    """Protect all requests of the client, those by its bot's token and those by the tokens of interactions.

    Returns the former, which share the global lock.
    """
    requests = UncancelledRequests()
    client.http.request = requests.wrap(client.http.request)  # pyright: ignore[reportAttributeAccessIssue]
    _protect_webhooks()
    return requests


def _protect_webhooks() -> None:
    # One adapter serves all clients of the process.
    if not hasattr(AsyncWebhookAdapter.request, "__wrapped__"):
        request = UncancelledRequests().wrap(AsyncWebhookAdapter.request)
        AsyncWebhookAdapter.request = request  # pyright: ignore[reportAttributeAccessIssue]
