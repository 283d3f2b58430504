"""A bare client of the simulated API: what is sent is what the test says."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image

from playground.imaginepro import Simulator
from tests.playground.imaginepro import specification


@dataclass(frozen=True)
class Reply:
    """An answer; `body` is None when it is not JSON."""

    status: int
    body: Any
    text: str


class ApiClient:
    """Speaks to one simulator with one key."""

    def __init__(self, api: Simulator, web: aiohttp.ClientSession, key: str = "sk-playground") -> None:
        self.api, self.web, self._key = api, web, key

    async def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> Reply:
        """Call the API; JSON replies are held against its description."""
        headers = {"Authorization": f"Bearer {key or self._key}"}
        async with self.web.request(method, f"{self.api.url}/api/v1{path}", json=body, headers=headers) as reply:
            text = await reply.text()
        try:
            parsed = json.loads(text)
        except ValueError:
            return Reply(reply.status, None, text)
        specification.check(path, reply.status, parsed)
        return Reply(reply.status, parsed, text)

    async def submit(self, path: str, body: dict[str, Any]) -> str:
        """Submit a job and give its id."""
        reply = await self.call("POST", path, body)
        assert reply.status == 200, reply.text
        return reply.body["messageId"]

    async def imagine(self, prompt: str, **fields: Any) -> str:
        return await self.submit("/nova/imagine", {"prompt": prompt, **fields})

    async def press(self, job: str, button: str, **fields: Any) -> str:
        return await self.submit("/nova/button", {"messageId": job, "button": button, **fields})

    async def record(self, job: str) -> dict[str, Any]:
        return (await self.call("GET", f"/message/fetch/{job}")).body

    async def until(self, job: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Poll until the record satisfies a condition."""
        async with asyncio.timeout(60):
            while not holds(record := await self.record(job)):  # noqa: ASYNC110 - the API is to be polled
                await asyncio.sleep(0.005)
        return record

    async def ended(self, job: str) -> dict[str, Any]:
        """The record once the job has ended."""
        return await self.until(job, lambda record: record.get("status") in {"DONE", "FAIL"})

    async def done(self, job: str) -> dict[str, Any]:
        """The record of a job that must succeed."""
        record = await self.ended(job)
        assert record["status"] == "DONE", record
        return record

    async def grid(self, prompt: str) -> dict[str, Any]:
        return await self.done(await self.imagine(prompt))

    async def pressed(self, job: str, button: str, **fields: Any) -> dict[str, Any]:
        return await self.done(await self.press(job, button, **fields))

    async def bytes_of(self, url: str) -> tuple[int, bytes]:
        async with self.web.get(url) as reply:
            return reply.status, await reply.read()

    async def picture(self, url: str) -> Image.Image:
        """A picture, downloaded without a key."""
        status, data = await self.bytes_of(url)
        assert status == 200, url
        return Image.open(io.BytesIO(data)).convert("RGB")

    async def control(self, method: str, path: str, body: Any = None) -> Reply:
        async with self.web.request(method, f"{self.api.url}/control/{path}", json=body) as reply:
            return Reply(reply.status, await reply.json(), "")
