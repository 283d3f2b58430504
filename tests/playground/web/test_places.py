"""Channels of other types, threads and time-outs on the page, and mentions of members whom it has not loaded."""

import pytest
from playwright.async_api import Page, expect

from playground.discord_server import DiscordServer
from tests.playground.discord_server.raw_clients import rest_client

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_places_of_every_type(page: Page, server: DiscordServer) -> None:
    """Threads stand below their channels, private ones for those added; closed places say why they take no words."""
    names, box = page.locator(".channel-name"), page.locator("#composer-text")
    own = ["general", "art", "workshop", "after-dark", "lounge", "showcase", "First pictures", "ImaginePro"]
    await expect(names).to_have_text(own)
    await page.get_by_role("button", name="showcase").click()
    await expect(box).to_be_disabled()
    await expect(box).to_have_attribute("placeholder", "Open one of its posts to write there")
    await page.get_by_role("button", name="First pictures").click()
    await box.fill("hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_contain_text("hello")
    server.world.set_thread(server.world.channel("First pictures"), archived=True, locked=True)
    await expect(page.get_by_role("button", name="First pictures").locator(".channel-state")).to_have_text("locked")
    await expect(box).to_have_attribute("placeholder", "This thread is locked")
    server.world.time_out(server.member("mia").id, 60)
    await page.get_by_role("button", name="general").click()
    await expect(box).to_be_disabled()
    await expect(box).to_have_attribute("placeholder", "You are in time-out")
    server.clock.advance(61)
    await expect(box).to_be_enabled()
    await page.goto(f"{server.url}/?user=max")
    await expect(names).to_have_text([name for name in own if name != "workshop"])


async def test_unknown_members_are_numbers(page: Page, server: DiscordServer) -> None:
    """A mention without a ping is a number until the page has met the member."""
    adam, told = server.member("adam"), page.locator(".message .mention")
    said = {"content": f"made for <@{adam.id}>", "allowed_mentions": {"parse": []}}
    async with rest_client(server) as rest:
        await rest.send(**said)
        await expect(told).to_have_text([f"<@{adam.id}>"])
        adam.send(server.world.channel("general"), "hello")
        await rest.send(**said)
        await expect(told.last).to_have_text("@Adam")
