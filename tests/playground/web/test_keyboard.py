"""The page without a mouse: everything is reached and operated by keys."""

import discord
import pytest
from playwright.async_api import Page, expect

from playground.discord_server import DiscordServer
from tests.playground.web.conftest import PHONE, at_both_widths
from tests.playground.web.scripted_bot import ScriptedBot, controls, layout

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FOCUSED = "document.activeElement.id || document.activeElement.className"


@at_both_widths
async def test_from_message_to_message(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Arrow keys walk the messages, Tab goes on inside one, the menu key opens its menu, Escape leads back."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    first, second = await channel.send("first"), await channel.send(view=layout(*controls(bot)))
    await expect(page.locator(".message")).to_have_count(2)
    await page.locator("#timeline").focus()
    for key, message in (
        ("ArrowUp", second),
        ("ArrowUp", first),
        ("End", second),
        ("Home", first),
        ("ArrowDown", second),
    ):
        await page.keyboard.press(key)
        await expect(page.locator(f"#message-{message.id}")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="U2")).to_be_focused()
    await page.keyboard.press("ContextMenu")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text(f"used {second.id}")
    await expect(page.get_by_role("button", name="U2")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#composer-text")).to_be_focused()


@at_both_widths
async def test_a_form_holds_the_focus(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Tab goes round inside it, arrows choose, Enter in a line sends."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    await channel.send(view=layout(*controls(bot)))
    await page.get_by_role("button", name="Ask").press("Enter")
    dialog = page.get_by_role("dialog", name="A new wish")
    await expect(dialog.get_by_label("Prompt")).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate("!document.activeElement.closest('.app')")
    await dialog.get_by_label("Prompt").focus()
    await page.keyboard.type("a fox")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")
    await expect(dialog.get_by_label("Relax")).to_be_checked()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("wished: a fox / Relax / no file")


@pytest.mark.parametrize("wanted", [PHONE])
async def test_the_drawer_holds_the_focus(page: Page, bot: ScriptedBot) -> None:
    """It opens at the channel one is in; what lies beneath is out of reach; Escape closes it, a list in it first."""
    menu = page.get_by_role("button", name="Channels")
    await menu.press("Enter")
    await expect(page.locator("[aria-current=page]")).to_be_focused()
    for _ in range(8):
        await page.keyboard.press("Tab")
        assert await page.evaluate("!document.activeElement.closest('main')")
    await page.locator("#member").press("Enter")
    await expect(page.get_by_role("option", name="Mia")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#member")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#sidebar")).to_be_hidden()
    await expect(menu).to_be_focused()


async def test_everything_around_the_messages_is_reached(page: Page, bot: ScriptedBot) -> None:
    """One Tab after the other: the link past it all, channels, member, theme, messages, examples, the box."""
    await expect(page.locator(".example").first).to_be_enabled()
    await page.locator(".skip-link").focus()
    reached = [await page.evaluate(FOCUSED)]
    for _ in range(20):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate(FOCUSED))
    wanted = [
        "skip-link",
        "channel",
        "member",
        "theme",
        "timeline",
        "example",
        "icon-button attach",
        "composer-text",
        "send",
    ]
    assert [each for each in dict.fromkeys(reached) if each in wanted] == wanted


async def test_options_are_added_from_the_tray(page: Page, bot: ScriptedBot) -> None:
    """Arrow keys walk the tray, each option says what it is, Enter adds it."""
    await page.locator("#composer-text").press_sequentially("/imagine a fox")
    tray = page.get_by_role("toolbar")
    await tray.get_by_role("button").first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(tray.get_by_role("button", name="aspect")).to_be_focused()
    await expect(page.locator(".hint strong")).to_have_text("aspect")
    await page.keyboard.press("Enter")
    await expect(page.locator("#option-aspect")).to_be_focused()


async def test_a_select_is_searched_by_its_first_letter(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Letters jump, the space bar ticks, Escape hands over."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    await channel.send(view=layout(discord.ui.Container(*controls(bot))))
    await page.get_by_role("button", name="Up to 2").press("Enter")
    for letter in "sp":
        await page.keyboard.press(letter)
        await page.keyboard.press("Space")
    await page.keyboard.press("Escape")
    await expect(page.locator(".message").last).to_contain_text("chosen: Pan, Square")
