"""The owner of the account behind the bot: rotates its key, and makes private images with it elsewhere."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from random import Random

import aiohttp

from playground.imaginepro import Simulator
from playground.imaginepro.account_service import AccountService
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
        self._api = api

    @property
    def newest(self) -> str:
        """The key that works."""
        return self.every[-1]

    def rotate(self, *, overlapping: bool) -> str:
        """The account's new key. Older ones are refused from now, or with `overlapping` from `revoke_old`."""
        old, account = self.newest, self._api.at(self.newest)
        self.every.append(f"{KEY}-{len(self.every)}")
        self._api.rotate_key(old, self.newest)
        if overlapping:
            self._known[old] = account
        return self.newest

    def revoke_old(self) -> None:
        """Refuse every key but the newest."""
        for key in self.every[:-1]:
            self._known.pop(key, None)

    @property
    def _known(self) -> dict[str, AccountService]:
        return self._api._keyring._services


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
