"""The owner of the account behind the bot: rotates its key, and makes private images with it elsewhere."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from random import Random

import aiohttp

from playground.imaginepro import Simulator
from tests.end_to_end.environment import KEY

_PATH = "/api/v1/nova/imagine"
_PAUSES = (0.8, 4.0)
_PRIVATE = (
    "private, for my family only: {}",
    "{} as a birthday card, not for the server",
    "my own {} with a {}, please",
    "{}",
)


class AccountKeys:
    """All keys that the account has had; `newest` is the one that bots are started with."""

    def __init__(self, api: Simulator) -> None:
        self.every = [KEY]
        assert isinstance(api._keyring._services, dict)
        self._services = api._keyring._services
        self._account = api.at(KEY)

    @property
    def newest(self) -> str:
        """The key that works."""
        return self.every[-1]

    def add(self) -> str:
        """A new key of the same account; older ones still work."""
        self.every.append(f"{KEY}-{len(self.every)}")
        self._services[self.newest] = self._account
        return self.newest

    def revoke_old(self) -> None:
        """Refuse every key but the newest."""
        for key in self.every[:-1]:
            self._services.pop(key, None)


class AccountOwner:
    """Makes images with the account, with prompts that hold the newest words of members. `prompts` are all of them."""

    def __init__(self, api: Simulator, keys: AccountKeys, seed: str, words: Sequence[str]) -> None:
        self.prompts: set[str] = set()
        self._url = f"{api.url}{_PATH}"
        self._keys = keys
        self._rng = Random(f"{seed} owner")  # noqa: S311  # not used for secrets
        self._words = words

    async def run(self) -> None:
        """Make one image after the other until cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                await asyncio.sleep(self._rng.uniform(*_PAUSES))
                form = self._rng.choice(_PRIVATE)
                if self._words:
                    await self._imagine(session, form.format(self._words[-1], self._words[-1]))

    async def _imagine(self, session: aiohttp.ClientSession, prompt: str) -> None:
        self.prompts.add(prompt)
        headers = {"Authorization": f"Bearer {self._keys.newest}"}
        # The faults of a run meet these requests as well.
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(
                self._url, json={"prompt": prompt}, headers=headers, timeout=aiohttp.ClientTimeout(total=5)
            ) as answer:
                await answer.read()
