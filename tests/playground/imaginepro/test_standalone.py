"""`python -m playground.imaginepro` as a process of its own."""

import asyncio
import sys

import aiohttp
import pytest


@pytest.mark.process
async def test_it_serves_and_says_where():
    """Started on any free port it prints its address and answers there with the key given."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground.imaginepro", "--port", "0", "--key", "sk-own", "--credits", "33",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            url = (await process.stdout.readline()).decode().split()[-1]
        headers = {"Authorization": "Bearer sk-own"}
        async with (
            aiohttp.ClientSession(headers=headers) as web,
            web.get(f"{url}/api/v1/subscription/account-info") as reply,
        ):
            assert (await reply.json())["credits"] == 33
    finally:
        process.terminate()
        await process.wait()
