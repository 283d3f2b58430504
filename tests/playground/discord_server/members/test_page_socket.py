"""The chat page's protocol, spoken by tabs against a real bot."""

from pathlib import Path
from typing import Any

import aiohttp
import discord
from discord import app_commands, ui
from yarl import URL

from playground.discord_server import DiscordServer
from playground.discord_server.state.permission_bits import ATTACH_FILES
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.sample_bot import CountButton, layout, picture
from tests.playground.discord_server.tabs import tab

Interaction = discord.Interaction[Any]


@app_commands.command(description="Count")
async def count(interaction: Interaction) -> None:
    """A message with a button."""
    await interaction.response.send_message(view=layout("start", CountButton(1)))


@app_commands.command(description="Whisper")
async def whisper(interaction: Interaction) -> None:
    """A reply only for the asking member."""
    await interaction.response.send_message("psst", ephemeral=True)


@app_commands.command(description="Silent")
async def silent(_interaction: Interaction) -> None:
    """No answer at all."""


@app_commands.command(description="Look at a file")
async def look(interaction: Interaction, image: discord.Attachment) -> None:
    """Answer with what came."""
    await interaction.response.send_message(f"{image.filename} {len(await image.read())} {image.width}")


class Form(ui.Modal, title="Form"):
    """One text input."""

    word: ui.TextInput[Any] = ui.TextInput(label="Word", custom_id="word")

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Repeat the word."""
        await interaction.response.send_message(f"You wrote {self.word.value}")


@app_commands.command(description="Ask")
async def ask(interaction: Interaction) -> None:
    """Open a form."""
    await interaction.response.send_modal(Form())


@app_commands.command(description="Pick")
async def pick(interaction: Interaction, style: str) -> None:
    """Repeat the style."""
    await interaction.response.send_message(style)


@pick.autocomplete("style")
async def styles(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Two styles that begin with what is typed."""
    return [app_commands.Choice(name=f"{typed}{end}", value=f"{typed}{end}") for end in ("one", "two")]


@app_commands.context_menu(name="Describe")
async def describe(interaction: Interaction, message: discord.Message) -> None:
    """Answer with the message's text."""
    await interaction.response.send_message(f"described {message.id}")


async def test_two_tabs_see_the_same_and_either_may_press(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """What one member starts, another sees and continues; both see every state."""
    async with run_bot(discord_server, count), tab(discord_server) as mias, tab(discord_server, "max") as maxs:
        assert mias.ready["bot"]["online"]
        assert [command["name"] for command in mias.ready["commands"]] == ["count"]
        general = mias.channel("general")
        nonce = await mias.do("slash", channel_id=general, name="count", options=[])
        assert await mias.next("interaction", nonce=nonce) == {"nonce": nonce, "state": "acknowledged"}
        message = await maxs.next("message_create", channel_id=general)
        assert message["interaction_metadata"]["user"]["username"] == "mia"
        assert message["interaction_metadata"]["name"] == "count"
        await maxs.do("press", channel_id=general, message_id=message["id"], custom_id="v1:count:1")
        for page in (mias, maxs):
            changed = await page.next("message_update", id=message["id"])
            assert changed["components"][0]["components"][0]["content"] == "pressed 1"


@app_commands.command(description="Manage")
@app_commands.default_permissions(administrator=True)
async def manage(_interaction: Interaction) -> None:
    """For administrators."""


async def test_a_page_offers_what_its_member_may_use(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Administrators are offered more, on open pages and new ones."""
    async with (
        tab(discord_server) as mias,
        tab(discord_server, "adam") as adams,
        run_bot(discord_server, count, manage),
    ):
        assert [command["name"] for command in await mias.next("commands")] == ["count"]
        assert [command["name"] for command in await adams.next("commands")] == ["count", "manage"]
        async with tab(discord_server) as again, tab(discord_server, "olivia") as olivias:
            assert [command["name"] for command in again.ready["commands"]] == ["count"]
            assert [command["name"] for command in olivias.ready["commands"]] == ["count", "manage"]


async def test_ephemeral_messages_reach_their_user_only(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Others never hear of them, their user may dismiss them, and a reload shows what is left."""
    async with run_bot(discord_server, whisper), tab(discord_server) as mias, tab(discord_server, "max") as maxs:
        general = mias.channel("general")
        await mias.do("slash", channel_id=general, name="whisper")
        message = await mias.next("message_create")
        assert message["flags"] == 64
        await mias.do("send", channel_id=general, content="hello")
        heard = await maxs.next("message_create")
        assert heard["content"] == "hello"
        await mias.do("dismiss", message_id=message["id"])
        assert await mias.next("message_delete") == {"id": message["id"], "channel_id": general}
        async with tab(discord_server) as again:
            assert [each["content"] for each in again.ready["messages"][general]] == ["hello"]


async def test_a_bot_that_does_not_answer(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """After three seconds the page learns that the application did not respond."""
    async with run_bot(discord_server, silent), tab(discord_server) as page:
        nonce = await page.do("slash", channel_id=page.channel("general"), name="silent")
        await page.do("send", channel_id=page.channel("general"), content="still here")
        await page.next("message_create")
        discord_server.clock.advance(3)
        told = await page.next("interaction", nonce=nonce)
        assert told == {"nonce": nonce, "state": "failed", "error": "The application did not respond"}


async def test_uploads_reach_the_bot(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A file that a member attaches is downloaded by the bot, with its size and width."""
    async with run_bot(discord_server, look), tab(discord_server) as page, aiohttp.ClientSession() as session:
        form = aiohttp.FormData(quote_fields=False)  # as browsers do
        form.add_field("file", picture(), filename="my fox.png", content_type="image/png")
        async with session.post(f"{discord_server.url}/client/uploads", data=form) as response:
            upload = await response.json()
        assert upload["filename"] == "my_fox.png"
        options = [{"name": "image", "type": 11, "value": upload["id"]}]
        await page.do("slash", channel_id=page.channel("general"), name="look", options=options)
        message = await page.next("message_create")
        assert message["content"] == f"my_fox.png {len(picture())} 40"


async def test_a_file_needs_the_permission_to_attach(discord_server: DiscordServer) -> None:
    """Its upload is refused as Discord refuses it, in the channel where the member lacks it alone."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    general.forbid(mia.id, ATTACH_FILES, kind=1)
    statuses = []
    async with aiohttp.ClientSession() as session:
        for channel in (general, discord_server.world.channel("art")):
            form = aiohttp.FormData()
            form.add_field("file", picture(), filename="fox.png", content_type="image/png")
            url = URL(f"{discord_server.url}/client/uploads").with_query(channel=channel.id, user=mia.id)
            async with session.post(url, data=form) as response:
                statuses.append((response.status, (await response.json()).get("code")))
    assert statuses == [(403, 50013), (200, None)]


async def test_modal_opens_and_is_submitted(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """The page gets the form, sends it filled in, and sees the answer; a closed form is refused."""
    async with run_bot(discord_server, ask), tab(discord_server) as page:
        await page.do("slash", channel_id=page.channel("general"), name="ask")
        modal = await page.next("modal")
        assert modal["title"] == "Form"
        rows = [{"type": 1, "components": [{"type": 4, "custom_id": "word", "value": "fox"}]}]
        filled = {"interaction_id": modal["interaction_id"], "custom_id": modal["custom_id"], "components": rows}
        await page.do("submit", **filled)
        assert (await page.next("message_create"))["content"] == "You wrote fox"
        nonce = await page.do("submit", **filled)
        assert (await page.next("error", nonce=nonce))["message"] == "This form is no longer open."


async def test_autocomplete_offers_choices(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Choices come back under the nonce of what was typed."""
    async with run_bot(discord_server, pick), tab(discord_server) as page:
        options = [{"name": "style", "type": 3, "value": "x-", "focused": True}]
        nonce = await page.do("autocomplete", channel_id=page.channel("general"), name="pick", options=options)
        offered = await page.next("choices", nonce=nonce)
        assert offered["choices"] == [{"name": "x-one", "value": "x-one"}, {"name": "x-two", "value": "x-two"}]


async def test_message_context_menu(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A command of the context menu gets the message it was opened on."""
    async with run_bot(discord_server, describe), tab(discord_server) as page:
        general = page.channel("general")
        await page.do("send", channel_id=general, content="look at this")
        message = await page.next("message_create")
        await page.do("context", channel_id=general, message_id=message["id"], name="Describe")
        assert (await page.next("message_create"))["content"] == f"described {message['id']}"


async def test_the_page_learns_of_commands_and_of_the_bot_coming_and_going(
    discord_server: DiscordServer, run_bot: RunBot
) -> None:
    """A page that was open before the bot started gets its state, its commands, its typing and its end."""
    async with tab(discord_server) as page:
        assert not page.ready["bot"]["online"]
        async with run_bot(discord_server, count) as bot:
            assert [command["name"] for command in await page.next("commands")] == ["count"]
            assert await page.next("bot") == {"online": True}
            general = page.channel("general")
            await bot.http.send_typing(int(general))
            assert (await page.next("typing"))["channel_id"] == general
        assert await page.next("bot") == {"online": False}


async def test_what_the_page_must_not_send_is_refused(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Mistakes come back as errors with their nonce, and the tab lives on."""
    async with run_bot(discord_server, pick), tab(discord_server) as page:
        general = page.channel("general")
        cases = {
            "The option “style” is required.": {"op": "slash", "channel_id": general, "name": "pick"},
            "There is no command “nothing” here.": {"op": "slash", "channel_id": general, "name": "nothing"},
            "There is no such channel.": {"op": "send", "channel_id": "1", "content": "x"},
            "An empty message can't be sent.": {"op": "send", "channel_id": general, "content": " "},
            "Your message is too long: 2000 characters at most.": {
                "op": "send",
                "channel_id": general,
                "content": "x" * 2001,
            },
            "There is no such message.": {"op": "press", "channel_id": general, "message_id": "1", "custom_id": "x"},
            "There is no such message to dismiss.": {"op": "dismiss", "message_id": "1"},
            "This could not be understood.": {"op": "fly"},
        }
        for text, frame in cases.items():
            nonce = await page.do(**frame)
            assert (await page.next("error"))["message"] == text, nonce
        for frame in ("{", "[]", "\x00"):
            await page.ws.send_str(frame)
            assert (await page.next("error"))["message"] == "This could not be understood."


async def test_unknown_users_and_files(discord_server: DiscordServer) -> None:
    """A stranger can't open a tab, a missing file or page is a 404, an upload without a file a 400."""
    async with aiohttp.ClientSession() as session:
        for path, status in {"/client/ws?user=nobody": 400, "/attachments/x/1/y.png": 404, "/": 404}.items():
            async with session.get(discord_server.url + path) as response:
                assert response.status == status
        async with session.post(f"{discord_server.url}/client/uploads", data={"other": "x"}) as response:
            assert response.status == 400


async def test_the_page_itself_is_served(tmp_path: Path) -> None:
    """index.html at the root, the rest below /static, nothing outside of the folder."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("<title>Playground</title>")
    (tmp_path / "secret.txt").write_text("secret")
    async with DiscordServer(page=tmp_path / "page") as server, aiohttp.ClientSession() as session:
        for path, status in {"/": 200, "/static/index.html": 200, "/static/%2e%2e/secret.txt": 404}.items():
            async with session.get(URL(server.url + path, encoded=True)) as response:
                assert response.status == status


async def test_the_pages_files_are_compressed_for_who_can_take_it(tmp_path: Path) -> None:
    """A browser gets them packed, with the type without which it would not run them; others as they are."""
    (tmp_path / "main.js").write_text("// words\n" * 1000)
    async with DiscordServer(page=tmp_path) as server, aiohttp.ClientSession(auto_decompress=False) as session:
        for offered, packed in {"gzip": "gzip", "identity": None}.items():
            asked = session.get(f"{server.url}/static/main.js", headers={"Accept-Encoding": offered})
            async with asked as response:
                assert response.headers.get("Content-Encoding") == packed
                assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
                assert (len(await response.read()) < 1000) is bool(packed)


async def uploaded(session: aiohttp.ClientSession, server: DiscordServer, data: bytes, name: str) -> dict[str, Any]:
    """The answer to a file that the page uploads."""
    form = aiohttp.FormData()
    form.add_field("file", data, filename=name)
    async with session.post(f"{server.url}/client/uploads", data=form) as response:
        return await response.json()


async def test_members_send_files_along(discord_server: DiscordServer) -> None:
    """A message may be files alone; unknown files are refused."""
    async with tab(discord_server) as page, aiohttp.ClientSession() as session:
        ids = [(await uploaded(session, discord_server, picture(), name))["id"] for name in ("a.png", "b.png")]
        general = page.channel("general")
        await page.do("send", channel_id=general, content="", attachments=ids)
        message = await page.next("message_create")
        assert [(each["filename"], each["width"]) for each in message["attachments"]] == [("a.png", 40), ("b.png", 40)]
        for wrong in (["1"], [{}], "x", 5):
            nonce = await page.do("send", channel_id=general, content="x", attachments=wrong)
            assert (await page.next("error", nonce=nonce))["message"] == "This could not be understood."


async def test_files_are_served_in_parts(discord_server: DiscordServer) -> None:
    """A browser that seeks in a video asks for a byte range."""
    async with aiohttp.ClientSession() as session:
        url = (await uploaded(session, discord_server, bytes(range(100)), "a.mp4"))["url"]
        parts = {
            None: (200, 0, 100),
            "bytes=10-19": (206, 10, 20),
            "bytes=90-": (206, 90, 100),
            "bytes=-5": (206, 95, 100),
        }
        for wanted, (status, start, stop) in parts.items():
            async with session.get(url, headers={"Range": wanted} if wanted else {}) as response:
                assert (response.status, await response.read()) == (status, bytes(range(start, stop)))
                assert response.content_type == "video/mp4"
                assert response.headers["Accept-Ranges"] == "bytes"
        for wrong in ("bytes=100-", "bytes=x"):
            async with session.get(url, headers={"Range": wrong}) as response:
                assert response.status == 416
