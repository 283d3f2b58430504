"""Whether the bot is online, as the chat page learns it."""

import aiohttp


async def bot_online(discord_url: str) -> None:
    """Returns once the bot is connected to the local Discord at this address."""
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{discord_url}/client/ws") as page:
        async for message in page:
            match message.json():
                case {"t": "ready", "d": {"bot": {"online": True}}} | {"t": "bot", "d": {"online": True}}:
                    return
    raise ConnectionError("the local Discord ended before the bot was online")
