"""Requests to Discord that may have had their effect although no answer says so."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import discord


class Unconfirmed(discord.DiscordException):
    """The request may have had its effect: Discord answered with a server error, or the connection was lost."""


class ConfirmingSession:
    """discord.py's HTTP session, except that a POST is sent once and raises `Unconfirmed` when its fate is unknown.

    discord.py itself would repeat it, and the message would be there twice, or the refusal of the second hide that the
    first was taken. Other methods have no effect when repeated.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    def request(self, method: str, url: str, **options: Any) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The request, as aiohttp's own method makes it."""
        if method != "POST":
            return self._session.request(method, url, **options)
        return self._sent_once(method, url, **options)

    @asynccontextmanager
    async def _sent_once(self, method: str, url: str, **options: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
        try:
            async with self._session.request(method, url, **options) as response:
                if response.status >= 500:
                    raise Unconfirmed(f"Discord answered {response.status}")
                yield response
        except (aiohttp.ClientError, OSError) as error:
            raise Unconfirmed(f"no answer from Discord: {error!r}") from error
