"""What outlives a reload of the page: the place, the words begun, what was read, whoever is at work."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from playground.discord_server import DiscordServer
from tests.playground.web.conftest import at_both_widths
from tests.playground.web.scripted_bot import ScriptedBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def entry(page: Page, server: DiscordServer, name: str) -> Any:
    """A channel in the sidebar."""
    return page.locator(f"[data-channel='{server.world.channel(name).id}']")


async def test_the_channel_and_the_draft_are_kept(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Each channel has words of its own that wait for their writer."""
    await page.locator("#composer-text").fill("in general")
    await entry(page, server, "art").click()
    await expect(page.locator("#composer-text")).to_have_value("")
    await page.locator("#composer-text").fill("in art")
    await page.reload()
    await expect(page.locator("#channel-title")).to_have_text("art")
    await expect(page.locator("#composer-text")).to_have_value("in art")
    await entry(page, server, "general").click()
    await expect(page.locator("#composer-text")).to_have_value("in general")
    await page.locator("#composer-text").press("Enter")
    await expect(page.locator(".message")).to_contain_text("in general")
    await page.reload()
    await expect(page.locator(".message")).to_contain_text("in general")
    await expect(page.locator("#composer-text")).to_have_value("")


@at_both_widths
async def test_a_command_begun_is_kept(page: Page, bot: ScriptedBot) -> None:
    """With all its fields; an option put back is gone."""
    for _ in range(3):
        bot.step.release()
    await page.locator("#composer-text").fill("/imagine a red fox aspect:16:9 chaos:7 raw:True")
    await page.get_by_role("button", name="Remove raw").click()
    await page.reload()
    await expect(page.locator("#option-prompt")).to_have_value("a red fox")
    await expect(page.locator(".option")).to_have_count(3)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message").last).to_contain_text("100 % aspect=16:9 chaos=7")
    await page.reload()
    await expect(page.locator(".message")).to_have_count(1)
    await expect(page.locator(".command-chip")).to_have_count(0)


async def test_unread_messages_are_counted(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """In the sidebar and in the title, over a reload too, until the channel is opened; one's own do not count."""
    for name, words in (("adam", "one"), ("adam", "two"), ("mia", "mine")):
        server.member(name).send(server.world.channel("art"), words)
    await expect(entry(page, server, "art")).to_have_text(re.compile("2 unread"))
    await expect(page).to_have_title("(2) #general · Playground")
    await page.reload()
    await expect(page).to_have_title("(2) #general · Playground")
    await entry(page, server, "art").click()
    await expect(page).to_have_title("#art · Playground")
    await page.reload()
    await expect(page).to_have_title("#art · Playground")
    await expect(page.locator(".channel-unread")).to_have_count(0)


async def test_each_member_has_unread_messages_of_their_own(page: Page, server: DiscordServer) -> None:
    """What came while one was somebody else waits, also in the direct messages."""
    await page.get_by_role("button", name="You are Mia").click()
    await page.get_by_role("option", name="Adam").click()
    await expect(page.get_by_role("button", name="You are Adam")).to_be_visible()
    server.member("max").send(server.world.channel("art"), "to all")
    await expect(page).to_have_title("(1) #general · Playground")
    await entry(page, server, "art").click()
    await page.get_by_role("button", name="You are Adam").click()
    await page.get_by_role("option", name="Mia").click()
    await expect(page.get_by_role("button", name="You are Mia")).to_be_visible()
    await expect(page).to_have_title("#art · Playground")


async def test_roles_stand_beside_the_names(page: Page) -> None:
    """Who owns the server, who runs it, who is a member with or without a role."""
    member = page.locator("#member")
    await expect(member).to_contain_text("Artist")
    await member.click()
    told = ["Olivia.*Owner", "Adam.*Admin", "Mia.*Member · Artist", "Max.*Member"]
    await expect(page.get_by_role("option")).to_have_text([re.compile(each, re.DOTALL) for each in told])


@at_both_widths
async def test_a_thinking_bot_is_still_thinking(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """The reply that was promised is shown as such, before a reload and after it, then what it became."""
    await page.locator("#composer-text").fill("/think ")
    await page.keyboard.press("Enter")
    thinking = page.locator(".message .thinking")
    await expect(thinking).to_have_text("ImaginePro is thinking…")
    await page.reload()
    await expect(thinking).to_have_text("ImaginePro is thinking…")
    bot.answer.set()
    await expect(page.locator(".message")).to_contain_text("thought")
    await expect(thinking).to_have_count(0)


async def test_a_typing_bot_is_seen_in_its_channel_alone(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Until it has written, or another channel is opened."""
    art = bot.get_partial_messageable(int(server.world.channel("art").id))
    general = bot.get_partial_messageable(int(server.world.channel("general").id))
    await art.typing()
    await general.typing()
    await expect(page.locator("#typing")).to_have_text("ImaginePro is typing…")
    await general.send("done")
    await expect(page.locator("#typing")).to_have_text("")
    await general.typing()
    await expect(page.locator("#typing")).to_have_text("ImaginePro is typing…")
    await entry(page, server, "art").click()
    await expect(page.locator("#typing")).to_have_text("")
