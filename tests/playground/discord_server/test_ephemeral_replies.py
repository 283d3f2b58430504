"""Replies that one member sees: galleries with uploaded files, paged by buttons, and what follows them in public."""

import asyncio
from typing import Any

import discord
from discord import app_commands, ui

from playground.discord_server import DiscordServer, media, selects, texts
from playground.discord_server.base.message_readers import components
from playground.discord_server.state.signed_urls import path_of, unsigned
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.sample_bot import picture_file

Interaction = discord.Interaction[Any]


class Gallery(ui.LayoutView):
    """Two pictures of a page, a download, a select and a button to the next page."""

    def __init__(self, page: int) -> None:
        super().__init__(timeout=None)
        shown = [discord.MediaGalleryItem(f"attachment://{name}", description=name) for name in names(page)]
        self.add_item(ui.TextDisplay(f"page {page}"))
        self.add_item(ui.MediaGallery(*shown))
        self.add_item(ui.File("attachment://all.zip"))
        self.add_item(ui.ActionRow(Pick()))
        self.add_item(ui.ActionRow(Turn(page), ui.Button(label="Site", url="https://example.com/gallery")))


class Turn(ui.Button[Gallery]):
    """Shows the next page in place: two new pictures beside the download, which stays."""

    def __init__(self, page: int) -> None:
        super().__init__(label="Next", custom_id=f"turn:{page}")
        self.page = page

    async def callback(self, interaction: Interaction) -> None:
        assert interaction.message is not None
        kept = [each for each in interaction.message.attachments if each.filename == "all.zip"]
        kept = kept or [await stored_download(interaction)]
        files = [picture_file(name) for name in names(self.page + 1)]
        await interaction.response.edit_message(view=Gallery(self.page + 1), attachments=[*kept, *files])


class Pick(ui.Select[Gallery]):
    """Shares what was picked: a public message after the private one."""

    def __init__(self) -> None:
        super().__init__(custom_id="pick", options=[discord.SelectOption(label=one) for one in ("first", "second")])

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"shared {self.values[0]}", file=picture_file("shared.png"))


def names(page: int) -> list[str]:
    """The file names of a page."""
    return [f"{page}-{number}.png" for number in range(2)]


async def stored_download(interaction: Interaction) -> discord.Attachment:
    """The attachment that a File component shows: Components V2 keeps it out of `message.attachments`."""
    assert interaction.message is not None
    shown = next(each for each in interaction.message.components if isinstance(each, discord.FileComponent))
    assert shown.media.attachment_id is not None
    data = {"id": shown.media.attachment_id, "filename": "all.zip", "size": 1, "url": shown.media.url, "proxy_url": ""}
    return discord.Attachment(data=data, state=interaction.client._connection)  # type: ignore[arg-type]


@app_commands.command(description="Gallery")
async def gallery(interaction: Interaction) -> None:
    """The first page, for the asking member."""
    files = [*(picture_file(name) for name in names(1)), picture_file("all.zip")]
    await interaction.response.send_message(view=Gallery(1), files=files, ephemeral=True)


@app_commands.command(description="Whisper")
async def whisper(interaction: Interaction) -> None:
    """A private answer, then a public follow-up."""
    interaction.client.seen.append(interaction)
    await interaction.response.send_message("only you", ephemeral=True)
    await interaction.followup.send("everybody")


@app_commands.command(description="Aloud")
async def aloud(interaction: Interaction) -> None:
    """A public answer, then a private follow-up."""
    await interaction.response.send_message("everybody")
    interaction.client.dispatch("whispered", await interaction.followup.send("only you", ephemeral=True, wait=True))


async def test_a_gallery_is_paged_in_place(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Each page brings its own pictures and keeps the download; the message stays one member's."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, gallery):
        message = (await mia.slash(general, "gallery")).message
        assert message is not None
        for page in (1, 2, 3):
            assert texts(message) == f"page {page}"
            assert [unsigned(each["url"]).rsplit("/")[-1] for each in media(message)] == [*names(page), "all.zip"]
            assert message["attachments"] == []
            assert message["flags"] & 64
            assert mia.sees(message)
            assert not discord_server.member("max").sees(message)
            outcome = await mia.press(message, label="Next")
            assert outcome.message is not None
            assert outcome.message["id"] == message["id"]
            message = outcome.message
        assert list(general.messages) == [message["id"]]


async def test_what_is_shown_for_download_has_a_name_and_a_size(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A File component says what it is, and its address gives the bytes that were sent."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, gallery):
        message = (await mia.slash(general, "gallery")).message
        assert message is not None
        shown = next(each for each in components(message) if each["type"] == 13)
        sent = picture_file("all.zip").fp.read()
        assert (shown["name"], shown["size"]) == ("all.zip", len(sent))
        stored = discord_server.core.files.read(path_of(shown["file"]["url"]))
        assert stored is not None
        assert stored[1] == sent


async def test_a_choice_in_a_private_message_is_shared(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """The public message answers one that others can't see: they get its id, and nothing of what it says."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, gallery):
        private = (await mia.slash(general, "gallery")).message
        assert private is not None
        assert [each["custom_id"] for each in selects(private)] == ["pick"]
        await mia.choose(private, "pick", ["second"])
        shared = await general.wait_for(lambda message: message["content"] == "shared second")
        assert discord_server.member("max").sees(shared)
        assert not shared["flags"] & 64
        assert shared["message_reference"]["message_id"] == private["id"]
        assert "referenced_message" not in shared
        assert [each["filename"] for each in shared["attachments"]] == ["shared.png"]


async def test_a_public_follow_up_after_a_private_answer(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Everybody sees the follow-up; long after, both are still edited by the token."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, whisper) as bot:
        outcome = await mia.slash(general, "whisper")
        second = await outcome.wait_for(lambda message: message["content"] == "everybody")
        first = outcome.message
        assert first is not None
        others = discord_server.member("max")
        assert (others.sees(first), others.sees(second)) == (False, True)
        assert "referenced_message" not in second
        discord_server.clock.advance(15 * 60 - 1)
        await bot.seen[0].edit_original_response(content="still only you", attachments=[picture_file()])
        await bot.seen[0].followup.edit_message(int(second["id"]), content="still everybody")
        changed = general.messages[first["id"]].message
        assert (changed["content"], len(changed["attachments"]), changed["flags"]) == ("still only you", 1, 64)
        late = await bot.seen[0].followup.send("late", ephemeral=True, wait=True)
        assert general.messages[str(late.id)].viewer == mia.id


async def test_a_private_follow_up_after_a_public_answer(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Only the member sees the follow-up, which shows what it answers; it can be edited and deleted."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, aloud) as bot:
        whispered = asyncio.create_task(bot.wait_for("whispered", timeout=60))
        outcome = await mia.slash(general, "aloud")
        private = await outcome.wait_for(lambda message: message["content"] == "only you")
        assert private["referenced_message"]["content"] == "everybody"
        others = discord_server.member("max")
        assert (mia.sees(private), others.sees(private)) == (True, False)
        message = await whispered
        await message.edit(content="changed")
        assert general.messages[private["id"]].message["content"] == "changed"
        await message.delete()
        assert not mia.sees(private)
