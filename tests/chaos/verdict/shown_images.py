"""Which of the API's jobs a message shows: by the bytes of its files, by addresses and by previews."""

import re
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256

from playground.discord_server import DiscordServer, media, texts, unsigned
from playground.imaginepro import Simulator
from playground.imaginepro.jobs.job import Job, Status
from tests.chaos.replies import Message

_ADDRESS = re.compile(r"/cdn/(?:original/|preview/|made/)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22})")


class ShownImages:
    """Recognizes the images of the account's jobs in messages."""

    def __init__(self, api: Simulator, discord: DiscordServer) -> None:
        self._store = api._service.picture_store
        self._files = discord.core.files
        self._jobs_by_file: defaultdict[str, set[str]] = defaultdict(set)

    async def learn(self, jobs: list[Job]) -> None:
        """Learn how the results of these jobs look."""
        for job in jobs:
            if job.status is Status.DONE and job.sheet:
                self._jobs_by_file[_digest(await self._store.result(job))].add(job.id)
            for data in job.product.files if job.product is not None else ():
                self._jobs_by_file[_digest(data)].add(job.id)

    def addressed(self, message: Message) -> set[str]:
        """The API's ids in the addresses that the message shows or links to."""
        addresses = " ".join(str(each["url"]) for each in media(message))
        return set(_ADDRESS.findall(f"{texts(message)} {addresses}"))

    def uploaded(self, message: Message) -> Iterator[set[str]]:
        """For each file of the message: the API's ids of the jobs that made exactly this file, as a result or preview.

        Two jobs that cut the same image out of one grid have the same file.
        """
        for each in media(message):
            if (data := self._read(str(each["url"]))) is not None:
                digest = _digest(data)
                yield self._jobs_by_file.get(digest, set()) | self._store.jobs_of_previews.get(digest, set())

    def _read(self, url: str) -> bytes | None:
        """The bytes of a file that is kept by Discord, None for any other address."""
        _, here, path = unsigned(url).partition(f"{self._files.base_url}/attachments/")
        kept = self._files.read(path) if here else None
        return kept[1] if kept is not None else None


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
