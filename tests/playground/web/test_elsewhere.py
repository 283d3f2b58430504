"""The other server, in which the bot is no member, on the page."""

import pytest
from playwright.async_api import Page, expect

from playground.discord_server import DiscordServer
from tests.playground.discord_server.raw_clients import rest_client

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOCAL = {"name": "local", "description": "For servers"}
MINE = {"name": "mine", "description": "For members", "integration_types": [0, 1]}


async def test_the_other_server_offers_what_members_installed(page: Page, server: DiscordServer) -> None:
    """It appears with the first such command, under its own name, and offers no others; at home all are offered."""
    headings = page.locator("#channels h2")
    async with rest_client(server) as rest:
        await rest("PUT", rest.commands, [LOCAL])
        await expect(headings).to_have_text(["Channels", "Direct messages"])
        await rest("PUT", rest.commands, [LOCAL, MINE])
        await expect(headings).to_have_text(["Channels", "Elsewhere", "Direct messages"])
        await page.locator("#composer-text").fill("/")
        await expect(page.get_by_role("option")).to_have_count(2)
        await page.get_by_role("button", name="lobby").click()
        await expect(page).to_have_title("#lobby · Elsewhere")
        await page.locator("#composer-text").fill("/")
        await expect(page.get_by_role("option")).to_have_count(1)
        await expect(page.get_by_role("option")).to_contain_text("/mine")
        await rest("PUT", rest.commands, [LOCAL])
        await expect(headings).to_have_text(["Channels", "Direct messages"])
        await expect(page).to_have_title("#general · Playground")
