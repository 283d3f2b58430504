"""New addresses for attachments whose old ones have ceased to work."""

import asyncio
from collections.abc import Mapping, Sequence

import aiohttp
import discord
from discord.http import Route
from pydantic import BaseModel, ValidationError

from bot.services.jobs.attachment_urls import NotRefreshed

ATTACHMENT_PREFIXES = tuple(
    f"https://{host}/{folder}/"
    for host in ("cdn.discordapp.com", "media.discordapp.net")
    for folder in ("attachments", "ephemeral-attachments")
)
"""How the addresses of Discord's attachments begin."""

RENEWAL_SECONDS = 1.5
"""How long new addresses are waited for: whoever has pressed a button must be answered within three seconds."""

_MOST = 50
"""Addresses that Discord renews at once."""


class _Renewed(BaseModel):
    original: str
    refreshed: str | None


class _Answer(BaseModel):
    refreshed_urls: list[_Renewed]


class DiscordUrlRefresher:
    """Implements `UrlRefresher` by a call of Discord's that discord.py has no method for."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._asking: set[asyncio.Task[dict[str, str]]] = set()

    async def refreshed(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """Those that work again, by those given; what is gone is left out. Raises `NotRefreshed`."""
        asking = asyncio.create_task(self._ask(addresses[:_MOST]))
        self._asking.add(asking)
        asking.add_done_callback(self._end)
        # Never broken off: discord.py, cancelled while it waits for a limit of all requests, would hold back every one.
        done, _ = await asyncio.wait({asking}, timeout=RENEWAL_SECONDS)
        if not done:
            raise NotRefreshed("Discord does not answer")
        return asking.result()

    async def _ask(self, addresses: Sequence[str]) -> dict[str, str]:
        route = Route("POST", "/attachments/refresh-urls")
        try:
            answer = _Answer.model_validate(
                await self._client.http.request(route, json={"attachment_urls": list(addresses)})
            )
        except discord.HTTPException as error:
            raise NotRefreshed(f"Discord answered {error.status}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NotRefreshed("Discord can't be reached") from error
        except ValidationError as error:
            raise NotRefreshed("Discord's answer can't be read") from error
        return {each.original: each.refreshed for each in answer.refreshed_urls if each.refreshed is not None}

    def _end(self, asking: "asyncio.Task[dict[str, str]]") -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            # Nobody waits any more for an answer that came late.
            asking.exception()
