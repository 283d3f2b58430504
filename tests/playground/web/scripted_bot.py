"""A small discord.py bot with one of everything the page can do, written for these tests."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands
from PIL import Image

Interaction = discord.Interaction[discord.Client]


def picture(colour: str, size: tuple[int, int] = (320, 320)) -> bytes:
    """A PNG of one colour."""
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


def layout(*items: discord.ui.Item[Any]) -> discord.ui.LayoutView:
    """A layout of these items that never times out."""
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


class Press(discord.ui.Button[discord.ui.LayoutView]):
    """A button that does what it is given."""

    def __init__(self, label: str, act: Callable[[Interaction], Any], **more: Any) -> None:
        super().__init__(label=label, custom_id=f"press:{label}", **more)
        self._act = act

    async def callback(self, interaction: Interaction) -> None:
        await self._act(interaction)


class Choose(discord.ui.Select[discord.ui.LayoutView]):
    """A select that answers with what was chosen."""

    def __init__(self, most: int = 1) -> None:
        options = [discord.SelectOption(label=label, description=f"{label} it") for label in ("Zoom", "Pan", "Square")]
        super().__init__(custom_id=f"choose:{most}", placeholder=f"Up to {most}", options=options, max_values=most)

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"chosen: {', '.join(self.values)}")


class Wish(discord.ui.Modal, title="A new wish"):
    """A modal with a text, a select and a file."""

    words = discord.ui.Label(text="Prompt", component=discord.ui.TextInput(custom_id="words", max_length=20))
    mode = discord.ui.Label(
        text="Mode",
        component=discord.ui.Select(
            custom_id="mode", options=[discord.SelectOption(label=one) for one in ("Fast", "Relax")]
        ),
    )
    image = discord.ui.Label(text="Picture", component=discord.ui.FileUpload(custom_id="image", required=False))

    async def on_submit(self, interaction: Interaction) -> None:
        words, mode, image = self.words.component, self.mode.component, self.image.component
        assert isinstance(words, discord.ui.TextInput)
        assert isinstance(mode, discord.ui.Select)
        assert isinstance(image, discord.ui.FileUpload)
        files = ", ".join(file.filename for file in image.values) or "no file"
        await interaction.response.send_message(f"wished: {words.value} / {mode.values[0]} / {files}")


class ScriptedBot(discord.AutoShardedClient):
    """Logs in, registers its commands, answers. `step` lets a running /imagine go on by one edit."""

    def __init__(self) -> None:
        # One guild comes at once; the default waits two seconds for more of them.
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.step = asyncio.Semaphore(0)
        self.answer = asyncio.Event()
        self.online = asyncio.Event()
        add_commands(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.online.set()


def add_commands(bot: ScriptedBot) -> None:
    """The commands of the scripted bot."""

    @bot.tree.command(description="Paint a picture from words")
    @app_commands.describe(prompt="What to paint", chaos="How surprising", aspect="Width to height")
    @app_commands.choices(aspect=[app_commands.Choice(name=one, value=one) for one in ("1:1", "16:9", "9:16")])
    async def imagine(  # noqa: PLR0917 Discord names them
        interaction: Interaction,
        prompt: str,
        image: discord.Attachment | None = None,
        aspect: str | None = None,
        version: str | None = None,
        chaos: app_commands.Range[int, 0, 100] | None = None,
        raw: bool | None = None,
    ) -> None:
        await interaction.response.defer(thinking=True)
        given = {"aspect": aspect, "version": version, "chaos": chaos, "raw": raw, "image": image and image.filename}
        facts = " ".join(f"{name}={value}" for name, value in given.items() if value is not None)
        await run(bot, interaction, discord.utils.escape_markdown(prompt), facts)

    @imagine.autocomplete("version")
    async def versions(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        known = {"Version 6.1": "6.1", "Version 7": "7", "Niji 6": "niji6"}
        return [app_commands.Choice(name=n, value=v) for n, v in known.items() if current.lower() in n.lower()]

    @bot.tree.command(description="What only you may know")
    async def secret(interaction: Interaction) -> None:
        await interaction.response.send_message("psst", ephemeral=True)

    @bot.tree.command(description="Pictures for you alone")
    async def gallery(interaction: Interaction) -> None:
        view, files = shelf(1)
        await interaction.response.send_message(view=view, files=files, ephemeral=True)

    @bot.tree.command(description="Never answers")
    async def silence(interaction: Interaction) -> None:
        bot.answer.set()

    @bot.tree.command(description="Thinks first")
    async def think(interaction: Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await bot.answer.wait()
        await interaction.followup.send("thought")

    settings = app_commands.Group(name="settings", description="Your defaults")
    bot.tree.add_command(settings)

    @settings.command(description="Set your mode")
    async def mode(  # noqa: PLR0917 Discord names them
        interaction: Interaction,
        member: discord.User,
        role: discord.Role | None = None,
        channel: discord.TextChannel | None = None,
        anyone: discord.User | discord.Role | None = None,
        factor: float | None = None,
    ) -> None:
        given = [str(each) for each in (role, channel, anyone, factor) if each is not None]
        await interaction.response.send_message(f"set for {', '.join([member.name, *given])}")

    @bot.tree.context_menu(name="Use as image prompt")
    async def use(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"used {message.id}")


def shelf(page: int) -> tuple[discord.ui.LayoutView, list[discord.File]]:
    """A page of pictures: the next one by a button, one to be shared by a select."""
    names = [f"{page}-{number}.png" for number in range(2)]
    items = [
        discord.MediaGalleryItem(f"attachment://{name}", description=f"page {page}, picture {number}")
        for number, name in enumerate(names)
    ]

    async def turn(interaction: Interaction) -> None:
        view, files = shelf(page + 1)
        await interaction.response.edit_message(view=view, attachments=files)

    words: discord.ui.TextDisplay[Any] = discord.ui.TextDisplay(f"page {page}")
    buttons: discord.ui.ActionRow[Any] = discord.ui.ActionRow(Press("Next", turn))
    select: discord.ui.ActionRow[Any] = discord.ui.ActionRow(Share())
    view = layout(words, discord.ui.MediaGallery(*items), buttons, select)
    return view, [discord.File(io.BytesIO(picture("navy")), name) for name in names]


class Share(discord.ui.Select[discord.ui.LayoutView]):
    """Shows everybody what was chosen, after a private answer."""

    def __init__(self) -> None:
        options = [discord.SelectOption(label=label) for label in ("first", "second")]
        super().__init__(custom_id="share", placeholder="Share one", options=options)

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"shared {self.values[0]}")


async def run(bot: ScriptedBot, interaction: Interaction, prompt: str, facts: str) -> None:
    """A job as the product shows one: progress with the same preview, then the picture and its buttons."""
    preview = discord.File(io.BytesIO(picture("teal")), "preview.png")
    shown = discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://preview.png", description="preview"))
    message = await interaction.followup.send(view=layout(progress(prompt, 10), shown), file=preview, wait=True)
    for percent in (40, 80):
        await bot.step.acquire()
        await message.edit(view=layout(progress(prompt, percent), shown))
    await bot.step.acquire()
    await message.edit(view=layout(progress(prompt, 100, facts), shown, *controls(bot)))


def progress(prompt: str, percent: int, facts: str = "") -> discord.ui.TextDisplay[Any]:
    return discord.ui.TextDisplay(f"**{prompt}**\n{percent} % {facts}")


def controls(bot: ScriptedBot) -> list[discord.ui.Item[Any]]:
    """The buttons and selects under a picture."""

    async def upscale(interaction: Interaction) -> None:
        await bot.answer.wait()
        await interaction.response.send_message("upscaled")

    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(Wish())

    buttons = (Press("U2", upscale), Press("Ask", ask, style=discord.ButtonStyle.primary))
    return [discord.ui.ActionRow(*buttons), discord.ui.ActionRow(Choose()), discord.ui.ActionRow(Choose(2))]
