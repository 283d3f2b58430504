"""axe-core finds nothing to object to in any state of the page, light and dark, wide and narrow."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from playwright.async_api import Page, expect

from playground.discord_server import DiscordServer
from tests.playground.web.axe import violations
from tests.playground.web.conftest import PHONE, WIDE
from tests.playground.web.scripted_bot import ScriptedBot, controls, layout, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# What fades in is judged when it is there.
LOOKS = [
    pytest.param({**size, "reduced_motion": "reduce"}, id=name) for name, size in (("wide", WIDE), ("phone", PHONE))
]
State = Callable[[Page], Awaitable[Any]]


async def run_job(page: Page) -> None:
    """A finished job: text, picture, buttons, selects."""
    await page.locator("#composer-text").fill("/imagine a red fox")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="U2")).to_be_visible()


async def open_command(page: Page) -> None:
    """A form with a chip, fields, a tray and the bot's suggestions."""
    await page.locator("#composer-text").fill("/imagine a fox chaos:4 version:")
    await expect(page.get_by_role("option")).to_have_count(3)


async def list_commands(page: Page) -> None:
    await page.locator("#composer-text").fill("/")
    await expect(page.get_by_role("option")).to_have_count(6)


async def fail_in_form(page: Page) -> None:
    await page.locator("#composer-text").fill("/imagine a fox chaos:400")
    await page.keyboard.press("Enter")
    await expect(page.locator(".option[data-invalid]")).to_be_visible()


async def open_modal(page: Page) -> None:
    await run_job(page)
    await page.get_by_role("button", name="Ask").click()
    await page.get_by_role("dialog").get_by_role("button", name="Submit").click()
    await expect(page.locator(".option-problem").first).to_have_text("This is needed")


async def open_picker(page: Page) -> None:
    await run_job(page)
    await page.get_by_role("button", name="Up to 2").click()
    await page.get_by_role("option").first.click()


async def open_lightbox(page: Page) -> None:
    await run_job(page)
    await page.locator(".tile").click()
    await expect(page.locator(".lightbox")).to_be_visible()


async def keep_secret(page: Page) -> None:
    await page.locator("#composer-text").fill("/secret ")
    await page.keyboard.press("Enter")
    await expect(page.locator(".ephemeral-note")).to_be_visible()


async def complain(page: Page) -> None:
    await page.locator("#composer-text").fill("/nonsense")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_be_visible()


STATES: list[State] = [
    run_job,
    list_commands,
    open_command,
    fail_in_form,
    open_modal,
    open_picker,
    open_lightbox,
    keep_secret,
    complain,
]


@pytest.mark.parametrize("wanted", LOOKS)
async def test_an_empty_channel(page: Page, bot: ScriptedBot) -> None:
    """The welcome with its examples."""
    await expect(page.locator(".example").first).to_be_enabled()
    assert await violations(page) == []


@pytest.mark.parametrize("wanted", LOOKS)
@pytest.mark.parametrize("state", STATES)
async def test_in_use(page: Page, bot: ScriptedBot, state: State) -> None:
    """Messages, forms, dialogs, lists."""
    for _ in range(3):
        bot.step.release()
    await state(page)
    assert await violations(page) == []


@pytest.mark.parametrize("wanted", LOOKS[1:])
async def test_the_drawer(page: Page, bot: ScriptedBot) -> None:
    """Channels and members over the chat, with an unread channel, then the list of members."""
    await bot.get_partial_messageable(1100000000000000202).send("over here")
    await page.get_by_role("button", name="Channels").click()
    await expect(page.locator("[data-unread=true]")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="You are Mia").click()
    await expect(page.get_by_role("option")).to_have_count(4)
    assert await violations(page) == []


WORDS = """# One
## Two
**bold** `code` ||hidden|| <@1100000000000000103> <#1100000000000000202> <t:0:R> https://example.com
> quoted
- a
  - b
```py
x = 1
```
-# small <t:0:f>"""


@pytest.mark.parametrize("wanted", LOOKS)
async def test_all_that_a_message_can_hold(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Markdown, embeds, files, galleries, spoilers, every style of button, a reply, a message that was edited."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    embed = discord.Embed(title="Account", description="**Pro**", colour=1).add_field(name="Left", value="12")
    files = [
        discord.File(io.BytesIO(data), name) for data, name in ((b"x", "a.txt"), (picture("red"), "SPOILER_a.png"))
    ]
    first = await channel.send(WORDS, embed=embed.set_footer(text="foot"), files=files)
    buttons = [
        discord.ui.Button[discord.ui.LayoutView](label=style, style=discord.ButtonStyle[style], disabled=disabled)
        for disabled in (False, True)
        for style in ("primary", "secondary", "success", "danger")
    ]
    link = discord.ui.Button[discord.ui.LayoutView](label="docs", url="https://example.com")
    text = discord.ui.TextDisplay[discord.ui.LayoutView](WORDS)
    rows = [discord.ui.ActionRow[discord.ui.LayoutView](*buttons[at : at + 4]) for at in (0, 4)]
    container = discord.ui.Container[discord.ui.LayoutView](
        text, discord.ui.Separator(), *rows, discord.ui.ActionRow(link), accent_colour=0xFF8A5C, spoiler=False
    )
    veiled = discord.ui.Container[discord.ui.LayoutView](discord.ui.TextDisplay("behind"), spoiler=True)
    await channel.send(view=layout(container, veiled, *controls(bot)), reference=first)
    await first.edit(content=f"{WORDS}\nmore")
    await expect(page.locator(".edited")).to_be_visible()
    assert await violations(page) == []
