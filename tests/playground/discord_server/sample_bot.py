"""A bot that uses everything a bot can use: the local Discord is tried with it."""

import io
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands
from PIL import Image

INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


def picture(color: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    """A PNG of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


def picture_file(name: str = "fox.png") -> discord.File:
    """A picture to be sent."""
    return discord.File(io.BytesIO(picture()), filename=name)


class CountButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"v1:count:(?P<count>\d+)"):
    """A button that knows its number from its custom_id alone."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(ui.Button(label=f"Count {count}", custom_id=f"v1:count:{count}"))

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: Any) -> "CountButton":
        """The button of a pressed custom_id."""
        return cls(int(match["count"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        """Edit the message with a button that counts one more."""
        await interaction.response.edit_message(view=layout(f"pressed {self.count}", CountButton(self.count + 1)))


def layout(text: str, *buttons: Any, media: str | None = None) -> ui.LayoutView:
    """A Components V2 message: text, a picture, buttons."""
    view = ui.LayoutView(timeout=None)
    inside: list[ui.Item[Any]] = [ui.TextDisplay(text)]
    if media:
        inside.append(ui.MediaGallery(discord.MediaGalleryItem(media, description="a red fox")))
    if buttons:
        inside.append(ui.ActionRow(*buttons))
    view.add_item(ui.Container(*inside))
    return view


class SampleBot(commands.AutoShardedBot):
    """Logs in, registers what a test gives it, and remembers what happened to it."""

    def __init__(self, *command_list: app_commands.Command[Any, ..., Any] | Any, **options: Any) -> None:
        options.setdefault("intents", INTENTS)
        options.setdefault("guild_ready_timeout", 0.05)
        super().__init__(
            commands.when_mentioned, help_command=None, allowed_mentions=discord.AllowedMentions.none(), **options
        )
        self.command_list = command_list
        self.seen: list[Any] = []
        self.heard: list[discord.Message] = []
        self.resumes: list[int | None] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not pause between shards: the server takes them all at once."""

    async def setup_hook(self) -> None:
        """Register commands and dynamic items."""
        self.add_dynamic_items(CountButton)
        for command in self.command_list:
            self.tree.add_command(command)
        if self.command_list:
            await self.tree.sync()

    async def on_message(self, message: discord.Message, /) -> None:
        """Remember."""
        self.heard.append(message)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Remember."""
        self.resumes.append(shard_id)
