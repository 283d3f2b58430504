"""The frame around the chat: themes, narrow screens, members, connection, weight."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from playground.discord_server import DiscordServer
from tests.playground.web.conftest import PHONE, WEB
from tests.playground.web.scripted_bot import ScriptedBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KEEP_SOCKETS = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket { constructor(url) { super(url); sockets.push(this); } };
"""
DARK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}


def brightness(colour: str) -> float:
    """How bright an `rgb(…)` colour is, 0 to 255."""
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3


@pytest.mark.parametrize("wanted", [DARK])
async def test_the_system_chooses_the_theme_until_the_reader_does(page: Page, wanted: dict[str, Any]) -> None:
    """Dark when the system is dark; the toggle turns it and the choice outlives a reload."""
    background = "getComputedStyle(document.body).backgroundColor"
    assert brightness(await page.evaluate(background)) < 60
    await page.get_by_role("button", name="Use the light theme").click()
    assert brightness(await page.evaluate(background)) > 230
    await page.reload()
    await expect(page.get_by_role("button", name="Use the dark theme")).to_be_visible()


@pytest.mark.parametrize("wanted", [PHONE])
async def test_a_phone_needs_no_sideways_scrolling(page: Page, bot: ScriptedBot, wanted: dict[str, Any]) -> None:
    """At 390 pixels everything fits, with a job's message and the command's options open too."""
    for _ in range(3):
        bot.step.release()
    await page.locator("#composer-text").fill("/imagine " + "averyveryverylongword" * 12 + " aspect:16:9")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("100 %")
    await page.locator("#composer-text").fill("/imagine a fox chaos:4 version:")
    await expect(page.get_by_role("option")).to_have_count(3)
    widths = "[document.documentElement.scrollWidth, document.getElementById('timeline').scrollWidth]"
    assert max(await page.evaluate(widths)) <= 390


@pytest.mark.parametrize("wanted", [PHONE])
async def test_the_drawer_on_a_phone(page: Page, wanted: dict[str, Any]) -> None:
    """Channels lie in a drawer that opens, takes the focus and closes with the choice."""
    sidebar = page.locator("#sidebar")
    await expect(sidebar).to_be_hidden()
    await page.get_by_role("button", name="Channels").click()
    await expect(sidebar).to_be_visible()
    await page.get_by_role("button", name="art", exact=True).click()
    await expect(sidebar).to_be_hidden()
    await expect(page.locator("#channel-title")).to_have_text("art")


async def test_members_can_be_switched(page: Page, server: DiscordServer) -> None:
    """Whoever is chosen is who writes, after a reload too."""
    await page.get_by_role("button", name="You are Mia").click()
    await page.get_by_role("option", name="Olivia").click()
    await expect(page.get_by_role("button", name="You are Olivia")).to_be_visible()
    await page.reload()
    await page.locator("#composer-text").fill("hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message .author")).to_have_text("Olivia")


async def test_the_bots_coming_and_going_is_shown(page: Page, bot: ScriptedBot) -> None:
    """The lamp follows the bot; without it the examples wait."""
    await expect(page.locator("#bot-status")).to_have_text("Bot online")
    await expect(page.locator(".example").first).to_be_enabled()
    await bot.close()
    await expect(page.locator("#bot-status")).to_have_text("Bot offline")
    await expect(page.locator(".example").first).to_be_disabled()


async def test_the_page_reconnects_by_itself(page: Page, server: DiscordServer) -> None:
    """A lost connection is told; the next one brings what was missed."""
    await page.add_init_script(KEEP_SOCKETS)
    await page.reload()
    await expect(page.locator("#bot-status")).to_have_text("Bot offline")
    await page.evaluate("sockets[0].close()")
    await expect(page.locator("#banner")).to_contain_text("Trying again")
    server.member("adam").send(server.world.channel("general"), "while you were away")
    await expect(page.locator(".message")).to_contain_text("while you were away")
    await expect(page.locator("#banner")).to_be_hidden()
    assert await page.evaluate("sockets.length") == 2


async def test_two_members_see_the_same(page: Page, server: DiscordServer) -> None:
    """What one tab says, another shows."""
    other = await page.context.new_page()
    await other.goto(f"{server.url}/?user=adam")
    await other.locator("#composer-text").fill("hello from adam")
    await other.keyboard.press("Enter")
    await expect(page.locator(".message")).to_contain_text("hello from adam")


async def test_a_slash_anywhere_goes_to_the_composer(page: Page, bot: ScriptedBot) -> None:
    """Whoever reads can begin a command without reaching for the mouse."""
    await page.locator("#timeline").focus()
    await page.keyboard.press("/")
    await expect(page.locator("#composer-text")).to_be_focused()
    await expect(page.get_by_role("option").first).to_be_visible()


LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(({ name, decodedBodySize, encodedBodySize }) => [name, decodedBodySize, encodedBodySize])"""


async def test_the_first_visit_is_light(page: Page, bot: ScriptedBot) -> None:
    """All that the browser loads, ready to be used, is under 150 kB, and comes in less than half of that."""
    await expect(page.locator(".example").first).to_be_enabled()
    loaded = await page.evaluate(LOADED)
    assert {"main.js", "theme.css", "icons.svg"} <= {name.rpartition("/")[2].partition("#")[0] for name, *_ in loaded}
    assert 50_000 < sum(decoded for _, decoded, _ in loaded) < 150_000
    assert sum(encoded for *_, encoded in loaded) < 75_000


async def test_the_page_is_strict() -> None:
    """No inline script or style, nothing from elsewhere, no text that is parsed as HTML or code."""
    files = [path for path in WEB.rglob("*") if path.is_file()]
    html = (WEB / "index.html").read_text()
    assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", html)
    assert not re.search(r"(?:src|href)=\"(?!/static/|#)", html)
    assert not [
        path.name for path in files if re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(", path.read_text())
    ]
