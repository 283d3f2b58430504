"""The menu of a message: by mouse, by touch and by keyboard, at both widths."""

from typing import Any

import discord
import pytest
from playwright.async_api import Locator, Page, expect

from playground.discord_server import DiscordServer
from tests.playground.web.conftest import PHONE, WIDE
from tests.playground.web.scripted_bot import ScriptedBot, layout

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def sent(server: DiscordServer, bot: ScriptedBot, words: str = "a picture") -> discord.Message:
    """A message of the bot in the open channel."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    return await channel.send(view=layout(discord.ui.Container(discord.ui.TextDisplay(words))))


def menu(page: Page) -> Locator:
    """The open menu."""
    return page.get_by_role("listbox", name="Apps")


async def held(page: Page, target: Locator) -> Any:
    """Put a finger on something; the end of the touch is sent by what comes back."""
    box = await target.bounding_box()
    assert box is not None
    point = {"x": box["x"] + 20, "y": box["y"] + 10}
    session = await page.context.new_cdp_session(page)
    await session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    return session


@pytest.mark.parametrize("wanted", [WIDE, {**WIDE, "viewport": {"width": 390, "height": 844}}])
async def test_by_mouse(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A right click opens it at the pointer, inside the window; a click elsewhere closes it, a command is run."""
    message = await sent(server, bot)
    for _ in range(2):
        await page.locator(".message").get_by_text("a picture").click(button="right")
        await expect(menu(page)).to_be_in_viewport(ratio=1)
        await page.get_by_role("heading", level=1).click()
        await expect(menu(page)).to_have_count(0)
    await page.locator(".message").get_by_text("a picture").click(button="right")
    await page.get_by_role("option", name="Use as image prompt").click()
    await expect(page.locator(".message").last).to_contain_text(f"used {message.id}")
    await expect(page.locator(".message").last.locator(".origin")).to_contain_text("used Use as image prompt")
    await expect(menu(page)).to_have_count(0)


@pytest.mark.parametrize("wanted", [WIDE, PHONE])
async def test_by_keyboard(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """The menu key opens it, Escape closes it and gives the focus back, Enter runs a command."""
    message = await sent(server, bot)
    more = page.locator(f"#message-{message.id} .message-tools")
    await more.focus()
    for key in ("Escape", "Enter"):
        await page.keyboard.press("ContextMenu")
        await expect(page.get_by_role("option", name="Use as image prompt")).to_be_focused()
        await page.keyboard.press(key)
        await expect(menu(page)).to_have_count(0)
        await expect(more).to_be_focused()
    await expect(page.locator(".message").last).to_contain_text(f"used {message.id}")


@pytest.mark.parametrize("wanted", [PHONE])
async def test_by_touch(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A long press opens it and lifting the finger leaves it open; the button in the corner does as well."""
    message = await sent(server, bot)
    session = await held(page, page.locator(".message").get_by_text("a picture"))
    await expect(menu(page)).to_be_in_viewport(ratio=1)
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await page.get_by_role("option", name="Use as image prompt").tap()
    await expect(page.locator(".message").last).to_contain_text(f"used {message.id}")
    await page.locator(f"#message-{message.id} .message-tools").tap()
    await expect(menu(page)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("wanted", [PHONE])
async def test_a_scrolling_finger_opens_nothing(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A finger that moves before the time is up wants to scroll."""
    await sent(server, bot)
    await page.evaluate(
        "document.addEventListener('pointerup', () => setTimeout(() => { document.body.dataset.late = '' }, 700))"
    )
    target = page.locator(".message").get_by_text("a picture")
    for kind, x in (("down", 50), ("move", 50), ("move", 90), ("up", 90)):
        more = {"pointerType": "touch", "isPrimary": True, "bubbles": True, "clientX": x, "clientY": 300}
        await target.dispatch_event(f"pointer{kind}", more)
    await page.locator("body[data-late]").wait_for()
    await expect(menu(page)).to_have_count(0)


async def test_the_browsers_own_menu_stays_for_links(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """On a link, and on a message that has no commands, the page does not interfere."""
    await sent(server, bot, "see [docs](https://example.com)")
    await page.evaluate("document.addEventListener('contextmenu', (e) => { window.kept = e.defaultPrevented })")
    await page.get_by_role("link", name="docs").click(button="right")
    assert await page.evaluate("window.kept") is False
    await page.keyboard.type("/secret ")
    await page.keyboard.press("Enter")
    await page.locator(".message").get_by_text("psst").click(button="right")
    assert await page.evaluate("window.kept") is False
    await expect(menu(page)).to_have_count(0)
