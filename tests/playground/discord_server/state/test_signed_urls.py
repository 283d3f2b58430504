"""Addresses of files: signed, good for a day, and renewed whenever Discord shows the file again."""

from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer, Upload
from playground.discord_server.state.files import COMMANDS, COMMANDS_SECONDS
from playground.discord_server.state.signed_urls import DAY, HOUR, unsigned
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.message_bodies import V2, gallery, send_files
from tests.playground.discord_server.raw_clients import Rest
from tests.playground.discord_server.sample_bot import picture
from tests.playground.discord_server.tabs import tab

REFRESH = "/attachments/refresh-urls"


@app_commands.context_menu(name="Look")
async def look(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Say how many bytes the message's first file has."""
    await interaction.response.send_message(str(len(await message.attachments[0].read())))


async def fetched(address: str) -> tuple[int, bytes]:
    """The status and body that an address gives."""
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return response.status, await response.read()


async def sent(rest: Rest) -> dict[str, Any]:
    """A message with a picture."""
    return (await send_files(rest, {"content": "x"}, ("a.png", picture()))).body


async def test_an_address_works_for_a_day(rest: Rest, discord_server: DiscordServer) -> None:
    """Then it answers that the content is no longer available, until the message is read again."""
    message = await sent(rest)
    old = message["attachments"][0]["url"]
    assert await fetched(old) == (200, picture())
    discord_server.clock.advance(DAY)
    assert await fetched(old) == (404, b"This content is no longer available.")
    again = (await rest("GET", f"{rest.general}/messages/{message['id']}")).body["attachments"][0]
    assert again["url"] == again["proxy_url"] != old
    assert await fetched(again["url"]) == (200, picture())


async def test_files_given_to_commands_end(rest: Rest, discord_server: DiscordServer) -> None:
    """They can be renewed for a while, then they end; what is attached to a message stays with it."""
    given = discord_server.core.files.keep(COMMANDS, Upload("a.png", picture()))["url"]
    kept = (await sent(rest))["attachments"][0]["url"]

    async def renewed() -> list[str | None]:
        answer = await rest("POST", REFRESH, {"attachment_urls": [given, kept]})
        return [each["refreshed"] for each in answer.body["refreshed_urls"]]

    discord_server.clock.advance(2 * DAY)
    assert [await fetched(each or "") for each in await renewed()] == [(200, picture())] * 2
    discord_server.clock.advance(COMMANDS_SECONDS)
    gone, still = await renewed()
    assert gone is None
    assert await fetched(still or "") == (200, picture())


@pytest.mark.parametrize(
    "change", [("ex=", "ex=f"), ("&is=", "&is=1"), ("&hm=", "&hm=0"), ("?", "?x="), ("a.png", "b.png")]
)
async def test_an_address_can_t_be_made_up(rest: Rest, change: tuple[str, str]) -> None:
    """A changed or missing signature gets nothing."""
    address = (await sent(rest))["attachments"][0]["url"]
    for wrong in (address.replace(*change, 1), unsigned(address)):
        assert (await fetched(wrong))[0] == 404


async def test_an_address_stays_the_same_for_a_while(rest: Rest, discord_server: DiscordServer) -> None:
    """Pages need not reload a picture with every change of its message."""
    discord_server.clock.advance(HOUR - discord_server.clock.now() % HOUR)
    message = await sent(rest)
    path = f"{rest.general}/messages/{message['id']}"
    discord_server.clock.advance(HOUR / 2)
    assert (await rest("GET", path)).body["attachments"] == message["attachments"]
    discord_server.clock.advance(HOUR)
    assert (await rest("GET", path)).body["attachments"] != message["attachments"]


async def test_bots_and_pages_are_shown_new_addresses(
    rest: Rest, discord_server: DiscordServer, run_bot: RunBot
) -> None:
    """A menu on a message of yesterday, and a page that is opened today, find the file."""
    message = await sent(rest)
    discord_server.clock.advance(2 * DAY)
    async with run_bot(discord_server, look), tab(discord_server) as page:
        outcome = await discord_server.member("mia").context(message, "Look")
        assert outcome.messages[0]["content"] == str(len(picture()))
        [shown] = [each for each in page.ready["messages"][message["channel_id"]] if each["id"] == message["id"]]
        assert (await fetched(shown["attachments"][0]["url"]))[0] == 200
        edited = await rest("PATCH", f"{rest.general}/messages/{message['id']}", {"content": "y"})
        update = await page.next("message_update", id=message["id"])
        assert update["attachments"] == edited.body["attachments"]


async def test_an_old_address_in_an_edit_keeps_the_file(rest: Rest, discord_server: DiscordServer) -> None:
    """A gallery may name the message's own file by the address that it once had; the new one works."""
    payload = {"flags": V2, "components": [gallery("attachment://a.png")]}
    message = (await send_files(rest, payload, ("a.png", picture()))).body
    old = message["components"][0]["items"][0]["media"]
    discord_server.clock.advance(DAY)
    path = f"{rest.general}/messages/{message['id']}"
    answer = (await rest("PATCH", path, {"components": [gallery(old["url"])]})).body
    media = answer["components"][0]["items"][0]["media"]
    assert (media["attachment_id"], media["width"]) == (old["attachment_id"], 40)
    assert (await fetched(media["url"]))[0] == 200


async def test_what_somebody_wrote_stays_as_it_is(rest: Rest, discord_server: DiscordServer) -> None:
    """An address in a text is not Discord's to renew."""
    old = (await sent(rest))["attachments"][0]["url"]
    message = (await rest.send(content=old)).body
    discord_server.clock.advance(DAY)
    assert (await rest("GET", f"{rest.general}/messages/{message['id']}")).body["content"] == old


async def test_refreshing_addresses(rest: Rest, discord_server: DiscordServer) -> None:
    """Fifty at once get new ones; what is no file's gets none."""
    old, foreign = (await sent(rest))["attachments"][0]["url"], "https://example.com/a.png"
    discord_server.clock.advance(DAY)
    answer = (await rest("POST", REFRESH, {"attachment_urls": [old, foreign]})).body
    assert [each["original"] for each in answer["refreshed_urls"]] == [old, foreign]
    assert answer["refreshed_urls"][1]["refreshed"] is None
    assert (await fetched(answer["refreshed_urls"][0]["refreshed"]))[0] == 200
    for wrong in ([], [5], "x", [foreign] * 51):
        assert (await rest("POST", REFRESH, {"attachment_urls": wrong})).code == 50035
