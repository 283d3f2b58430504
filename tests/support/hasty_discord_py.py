"""discord.py without its pauses between attempts after errors of the server: five attempts take it half a minute."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class _HastyAsyncio:
    """The module asyncio, whose `sleep` only lets others run."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, _seconds: float) -> None:
        """Let others run."""
        await asyncio.sleep(0)


@contextmanager
def hasty_discord_py() -> Iterator[None]:
    """Let discord.py repeat requests at once."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("discord.http", "discord.webhook.async_"):
            patch.setattr(f"{module}.asyncio", _HastyAsyncio())
        yield
