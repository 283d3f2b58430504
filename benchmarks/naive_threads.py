"""A simple bot to compare with: it uses the API's Python SDK, which blocks a thread per job."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import discord
from discord import app_commands
from imaginepro import ImagineParams, ImagineProSDK, ImagineProSDKOptions

from bot.client.bot import use_discord_urls

THREADS = 64
BUSY_SECONDS = 3.0
_BUSY = "Too Many Requests"


class ThreadsBot(discord.Client):
    """A client with the command /imagine."""

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(intents=discord.Intents(guilds=True), max_messages=None)
        self._sdk = ImagineProSDK(ImagineProSDKOptions(api_key=key, base_url=base_url))
        self._threads = ThreadPoolExecutor(THREADS)
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="imagine", description="Make a picture")(self._imagine)

    async def setup_hook(self) -> None:
        """Register the command."""
        await self.tree.sync()

    async def _imagine(self, interaction: discord.Interaction, prompt: str) -> None:
        await interaction.response.defer(thinking=True)
        job = await asyncio.get_running_loop().run_in_executor(self._threads, self._made, prompt)
        if job["status"] == "DONE":
            await interaction.edit_original_response(
                content=f"**{prompt}**", embed=discord.Embed().set_image(url=job["uri"])
            )
        else:
            await interaction.edit_original_response(content=f"That failed: {job.get('error')}")

    def _made(self, prompt: str) -> dict[str, Any]:
        """The finished job. The SDK has no retries, so both of its calls are repeated here."""
        submitted = self._insisting(lambda: self._sdk.imagine(ImagineParams(prompt=prompt)))
        return self._insisting(lambda: self._sdk.fetch_message(submitted["messageId"]))

    def _insisting(self, call: Any) -> dict[str, Any]:
        while True:
            try:
                return call()
            except Exception as error:  # the SDK raises nothing more precise
                if _BUSY not in str(error):
                    raise
                time.sleep(BUSY_SECONDS)


if __name__ == "__main__":
    use_discord_urls(os.environ["DISCORD_API_URL"], os.environ["DISCORD_GATEWAY_URL"])
    bot = ThreadsBot(os.environ["IMAGINEPRO_BASE_URL"], os.environ["IMAGINEPRO_API_KEY"])
    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
