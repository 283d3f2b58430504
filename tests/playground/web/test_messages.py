"""Messages on the page: live edits, scrolling, ephemeral ones, jumps, what goes wrong."""

import io
import re

import discord
import pytest
from playwright.async_api import Page, Route, expect

from playground.discord_server import DiscordServer
from tests.playground.web.conftest import PATIENCE, at_both_widths
from tests.playground.web.scripted_bot import ScriptedBot, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


NASTY = (
    "<img src=x onerror=window.pwned=1>",
    "[click](javascript:window.pwned=1) <javascript:window.pwned=1> [data](data:text/html,x)",
    "<script>window.pwned=1</script>",
    '[a](https://x.test/"onmouseover=window.pwned=1)',
    "`<b>` ||<svg onload=window.pwned=1>|| **<i>** [<iframe>](https://x.test)",
)


def general(server: DiscordServer, bot: ScriptedBot) -> discord.PartialMessageable:
    """The channel that the page opens first, as the bot reaches it."""
    return bot.get_partial_messageable(int(server.world.channel("general").id))


@at_both_widths
async def test_live_edits_keep_the_picture_element(page: Page, bot: ScriptedBot) -> None:
    """The percentage climbs in place while the preview is one and the same loaded element."""
    await page.locator("#composer-text").fill("/imagine a red fox")
    await page.keyboard.press("Enter")
    message = page.locator(".message").last
    await expect(message).to_contain_text("10 %")
    await expect(page.locator(".tile img")).to_have_js_property("naturalWidth", 320)
    await page.evaluate("document.querySelector('.tile img').marked = true")
    for percent in ("40 %", "80 %", "100 %"):
        bot.step.release()
        await expect(message).to_contain_text(percent)
    assert await page.evaluate("document.querySelector('.tile img').marked") is True
    await expect(message.locator(".edited")).to_have_text("(edited)")
    await expect(message.get_by_role("button", name="U2")).to_be_visible()


async def test_scroll_follows_only_who_is_at_the_bottom(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """New messages pull a reader at the bottom along; one who reads above stays and is told."""
    channel = general(server, bot)
    for number in range(40):
        await channel.send(f"message {number}")
    await expect(page.locator(".message").last).to_be_in_viewport()
    await page.evaluate("document.getElementById('timeline').scrollTop = 0")
    await expect(page.locator("#to-present")).to_be_visible()
    await channel.send("news")
    await expect(page.locator("#to-present")).to_have_text("1 new message")
    assert await page.evaluate("document.getElementById('timeline').scrollTop") == 0
    await page.locator("#to-present").click()
    await expect(page.locator(".message").last).to_be_in_viewport()


async def test_new_messages_are_announced(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Screen readers hear who wrote what, without markup."""
    await general(server, bot).send("**done** in `3 s`")
    await expect(page.locator("#announcer")).to_have_text("ImaginePro: done in 3 s")
    assert await page.locator("#announcer").get_attribute("aria-live") == "polite"


@at_both_widths
async def test_ephemeral_reply_is_seen_by_one_and_dismissed(page: Page, bot: ScriptedBot) -> None:
    """Only the member who asked sees it, and can put it away."""
    await page.locator("#composer-text").fill("/secret ")
    await page.keyboard.press("Enter")
    note = page.locator(".ephemeral-note")
    await expect(note).to_have_text(re.compile("Only you can see this · Dismiss"))
    await note.get_by_role("button").click()
    await expect(page.locator(".message")).to_have_count(0)


async def test_a_silent_bot_is_reported(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A command nobody answers ends in Discord's sentence, which can be dismissed."""
    await page.locator("#composer-text").fill("/silence ")
    await page.keyboard.press("Enter")
    await expect(page.locator(".thinking")).to_have_text("Sending command…")
    await bot.answer.wait()
    server.clock.advance(PATIENCE)
    await expect(page.locator(".problem")).to_have_text("The application did not respond")
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.locator(".message")).to_have_count(0)


@at_both_widths
async def test_jump_links_and_replies_lead_to_their_message(
    page: Page, server: DiscordServer, bot: ScriptedBot
) -> None:
    """A link to a message scrolls there and marks it, from Discord's own addresses too."""
    channel = general(server, bot)
    first = await channel.send("the first")
    for number in range(30):
        await channel.send(f"message {number}")
    path = f"/channels/{server.world.guild.id}/{channel.id}/{first.id}"
    await channel.send(f"see https://discord.com{path} and {server.url}{path}", reference=first)
    last = page.locator(".message").last
    await expect(last.locator("a.jump")).to_have_text(["#general › message"] * 2)
    target = page.locator(f"#message-{first.id}")
    for link in (last.locator("a.jump").first, last.locator("a.jump").last, last.locator("button.origin")):
        await link.click()
        await expect(target).to_be_in_viewport()
        await expect(target).to_be_focused()
        await page.locator("#to-present").click()


async def test_a_reply_quotes_what_its_message_says_now(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """The line above an answer follows the edits of what it answers."""
    first = await general(server, bot).send("93 %")
    await general(server, bot).send("cancelling", reference=first)
    quote = page.locator(".origin-words")
    await expect(quote).to_have_text("93 %")
    await first.edit(content="cancelled")
    await expect(quote).to_have_text("cancelled")


async def test_deleted_message_leaves(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """What is deleted disappears; a reply to it says so."""
    channel = general(server, bot)
    first = await channel.send("first")
    await channel.send("second", reference=first)
    await expect(page.locator(".message")).to_have_count(2)
    await first.delete()
    await expect(page.locator(".message")).to_have_count(1)


async def test_other_channels_are_marked_unread(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A message elsewhere marks its channel until it is opened."""
    art = server.world.channel("art")
    await bot.get_partial_messageable(int(art.id)).send("over here")
    entry = page.locator(f"[data-channel='{art.id}']")
    await expect(entry).to_have_attribute("data-unread", "true")
    await entry.click()
    await expect(page.locator(".message")).to_contain_text("over here")
    await expect(entry).to_have_attribute("data-unread", "false")


@at_both_widths
async def test_message_menu_runs_the_bots_command(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A context command gets the message it was chosen on."""
    sent = await general(server, bot).send("a picture")
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Apps for this message").click()
    await page.get_by_role("option", name="Use as image prompt").click()
    await expect(page.locator(".message").last).to_contain_text(f"used {sent.id}")


async def test_markup_in_words_stays_words(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Nothing a member or the bot writes becomes an element, handler or script address."""
    await general(server, bot).send("\n".join(NASTY))
    content = page.locator(".message .content")
    await expect(content).to_contain_text("<script>window.pwned=1</script>")
    assert await content.locator("img, script, svg, b, i, iframe").count() == 0
    assert await content.locator("a:not([href^='http'])").count() == 0
    assert await page.evaluate("document.querySelectorAll('[onerror], [onload], [onmouseover]').length") == 0
    assert await page.evaluate("window.pwned") is None


@at_both_widths
async def test_spoilers_open_on_demand(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A spoiler hides its words until it is pressed, and stays open through an edit."""
    message = await general(server, bot).send("||hidden||")
    spoiler = page.locator(".spoiler")
    await expect(spoiler.locator(".spoiler-words")).to_be_hidden()
    await spoiler.get_by_role("button").press("Enter")
    await message.edit(content="||hidden|| and more")
    await expect(page.locator(".content")).to_contain_text("and more")
    await expect(spoiler.locator(".spoiler-words")).to_be_visible()


@at_both_widths
async def test_a_channel_opens_at_its_newest_message(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Pictures that get their height only when they have loaded do not push the newest message out of sight."""
    for number in range(6):
        await general(server, bot).send(
            f"{number}", file=discord.File(io.BytesIO(picture("teal", (300, 700))), "a.png")
        )
    await page.route("**/attachments/**", late)
    await page.reload()
    await expect(page.locator(".tile img").first).to_have_js_property("naturalWidth", 300)
    await expect(page.locator(".tile img").last).to_be_in_viewport()
    await expect(page.locator("#to-present")).to_be_hidden()


async def late(route: Route) -> None:
    """Answers after the page has been drawn."""
    await route.request.frame.wait_for_selector(".message")
    await route.continue_()
