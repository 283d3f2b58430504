"""A simple bot to compare with: a task per job, which polls every 2 s and edits each time."""

import asyncio
import os

import aiohttp
import discord
from discord import app_commands

from bot.client.bot import use_discord_urls

POLL_SECONDS = 2.0
BUSY_SECONDS = 3.0


class PollingBot(discord.Client):
    """A client with the command /imagine."""

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(intents=discord.Intents(guilds=True), max_messages=None)
        self._base_url = f"{base_url}/api/v1"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._tasks: set[asyncio.Task[None]] = set()
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="imagine", description="Make a picture")(self._imagine)

    async def setup_hook(self) -> None:
        """Register the command."""
        self._http = aiohttp.ClientSession(headers=self._headers)
        await self.tree.sync()

    async def close(self) -> None:
        """Close the HTTP session and the client."""
        await self._http.close()
        await super().close()

    async def _imagine(self, interaction: discord.Interaction, prompt: str) -> None:
        await interaction.response.defer(thinking=True)
        task = asyncio.create_task(self._follow(interaction, prompt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, interaction: discord.Interaction, prompt: str) -> None:
        job_id = await self._submit(interaction, prompt)
        while job_id is not None:
            await asyncio.sleep(POLL_SECONDS)
            async with self._http.get(f"{self._base_url}/message/fetch/{job_id}") as answer:
                if answer.status == 429:
                    continue
                job = await answer.json()
            if job["status"] == "DONE":
                picture = discord.Embed().set_image(url=job["uri"])
                await interaction.edit_original_response(content=f"**{prompt}**", embed=picture)
                return
            if job["status"] == "FAIL":
                await interaction.edit_original_response(content=f"That failed: {job.get('error')}")
                return
            await interaction.edit_original_response(content=f"**{prompt}** {job.get('progress', 0)}%")

    async def _submit(self, interaction: discord.Interaction, prompt: str) -> str | None:
        while True:
            async with self._http.post(f"{self._base_url}/nova/imagine", json={"prompt": prompt}) as answer:
                if answer.status == 429:
                    await asyncio.sleep(BUSY_SECONDS)
                    continue
                if answer.ok:
                    return (await answer.json())["messageId"]
            await interaction.edit_original_response(content="The job was not accepted.")
            return None


if __name__ == "__main__":
    use_discord_urls(os.environ["DISCORD_API_URL"], os.environ["DISCORD_GATEWAY_URL"])
    bot = PollingBot(os.environ["IMAGINEPRO_BASE_URL"], os.environ["IMAGINEPRO_API_KEY"])
    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
