"""Renews expired URLs of Discord attachments."""

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
"""URL prefixes of Discord's attachments."""

_MAX_URLS = 50
"""URLs that Discord renews in one request."""


class _RefreshedUrl(BaseModel):
    original: str
    refreshed: str | None


class _Response(BaseModel):
    refreshed_urls: list[_RefreshedUrl]


class DiscordUrlRefresher:
    """Implements `UrlRefresher` with an endpoint of Discord that discord.py has no method for.

    `timeout` is how many seconds to wait for the new URLs.
    """

    def __init__(self, client: discord.Client, *, timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self._requests: set[asyncio.Task[dict[str, str]]] = set()

    async def refreshed(self, urls: Sequence[str]) -> Mapping[str, str]:
        """The renewed URLs by the old ones, without those that no longer exist. Raises `NotRefreshed`."""
        request = asyncio.create_task(self._request(urls[:_MAX_URLS]))
        self._requests.add(request)
        request.add_done_callback(self._forget)
        # Never cancelled: discord.py, cancelled while it waits for the global rate limit, would never release its lock.
        done, _ = await asyncio.wait({request}, timeout=self._timeout)
        if not done:
            raise NotRefreshed("Discord does not answer")
        return request.result()

    async def _request(self, urls: Sequence[str]) -> dict[str, str]:
        route = Route("POST", "/attachments/refresh-urls")
        try:
            response = _Response.model_validate(
                await self._client.http.request(route, json={"attachment_urls": list(urls)})
            )
        except discord.HTTPException as error:
            raise NotRefreshed(f"Discord answered {error.status}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NotRefreshed("Discord can't be reached") from error
        except ValidationError as error:
            raise NotRefreshed("Discord's answer can't be read") from error
        return {each.original: each.refreshed for each in response.refreshed_urls if each.refreshed is not None}

    def _forget(self, request: "asyncio.Task[dict[str, str]]") -> None:
        self._requests.discard(request)
        if not request.cancelled():
            # Marks the error of a late answer as seen, or asyncio would log it.
            request.exception()
