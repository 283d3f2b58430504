"""Vary (Region): asks which part of a picture to change, by a link to the mask editor or by a form."""

import re
from typing import Any, Self

import aiohttp
import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.follow_ups.extra_input import remixed
from bot.services.images.formats import Upload
from bot.services.images.masks import MAX_MASK_BYTES, encoded
from bot.services.images.results import MAX_DOWNLOAD
from bot.services.queue.member_buckets import FreeUse
from bot.store import JobRecord
from bot.ui.base.forms import Form, prompt_input
from bot.ui.base.location import reply_target
from bot.ui.base.message import action_row
from bot.ui.base.persistent import JOB_ID, NumberedButton
from bot.ui.start import start_follow_up

_CELLS = (
    ("Top left", "Top centre", "Top right"),
    ("Middle left", "Centre", "Middle right"),
    ("Bottom left", "Bottom centre", "Bottom right"),
)


async def ask_for_region(interaction: discord.Interaction[Bot], job: JobRecord, index: int) -> None:
    """Answer with a link to the mask editor, or with a form where the bot has no web site."""
    links = interaction.client.services.mask_links
    if links is None:
        await interaction.response.send_modal(RegionForm(job.id, index, job))
        return
    url = await links.url(job, index, reply_target(interaction, part=1))
    await interaction.response.send_message(view=_editor_link_view(url, job, index), ephemeral=True)


def _editor_link_view(url: str, job: JobRecord, index: int) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.TextDisplay(
            "Paint what should change. The link works once, within 14 minutes; the result appears in this channel."
        )
    )
    link: ui.Button[Any] = ui.Button(label="Open the editor", url=url, emoji="🖌️")
    view.add_item(action_row(link, RegionFormButton.build(job.id, index)))
    return view


class RegionFormButton(NumberedButton, template=rf"ip1:grid:{JOB_ID}:(?P<number>\d{{1,3}})"):
    """Opens the form instead of the mask editor."""

    deferral = Deferral.PRIVATE

    @classmethod
    def build(cls, job_id: str, index: int) -> Self:
        """The button beside the editor's link."""
        return cls(ui.Button(label="Choose parts instead", custom_id=f"ip1:grid:{job_id}:{index}"), job_id, index)

    async def run(self, interaction: discord.Interaction[Bot]) -> None:
        """Open the form."""
        job = await interaction.client.services.jobs.get(self.job_id)
        await interaction.response.send_modal(RegionForm(job.id, self.number, job))


class RegionForm(Form, template=rf"ip1:f:region:{JOB_ID}:(?P<number>\d{{1,3}})"):
    """A form for the parts to change or a mask, and for the prompt.

    `job` is the one whose button was pressed, None to read what was sent.
    """

    def __init__(self, job_id: str, index: int, job: JobRecord | None = None) -> None:
        super().__init__("Vary (Region)", f"ip1:f:region:{job_id}:{index}")
        self._job_id = job_id
        self._index = index
        prompt = job.prompt if job is not None else ""
        names = [name for row in _CELLS for name in row]
        options = [discord.CheckboxGroupOption(label=name, value=str(cell)) for cell, name in enumerate(names)]
        self.cells: ui.CheckboxGroup[Any] = ui.CheckboxGroup(
            custom_id="cells", options=options, required=False, min_values=0, max_values=len(options)
        )
        self.mask: ui.FileUpload[Any] = ui.FileUpload(custom_id="mask", required=False, min_values=0, max_values=1)
        self.prompt = prompt_input(prompt, required=bool(prompt))
        parts_help = "The picture has nine parts, three in each row. What you do not choose stays as it is"
        self.add_item(ui.Label(text="Parts to change", description=parts_help, component=self.cells))
        mask_help = "A PNG as large as the picture: white where it may change, black elsewhere"
        self.add_item(ui.Label(text="Or a mask", description=mask_help, component=self.mask))
        self.add_item(ui.Label(text="Prompt", description="What the changed parts show", component=self.prompt))

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form with the job's prompt."""
        job = await interaction.client.services.jobs.get(match["job"])
        return cls(job.id, int(match["number"]), job)

    @classmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form, to be read."""
        return cls(match["job"], int(match["number"]))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Start the follow-up."""
        job = await interaction.client.services.jobs.get(self._job_id)
        prompt = remixed(interaction.client.services.composer, job, self.prompt.value)
        mask = await self._read_mask(interaction, job)
        await start_follow_up(interaction, job.id, self._index, prompt=prompt, mask=encoded(mask))

    async def _read_mask(self, interaction: discord.Interaction[Bot], job: JobRecord) -> bytes:
        if not self.mask.values and not self.cells.values:
            raise UserError("Choose the parts that should change, or attach a mask. Nothing was started.")
        await interaction.client.services.buckets.spend(interaction.user.id, FreeUse.PICTURE)
        width, height = await picture_size(interaction.client, job)
        images, member = interaction.client.services.images, interaction.user.id
        if not self.mask.values:
            return await images.grid_mask([int(cell) for cell in self.cells.values], width, height, member=member)
        attached = self.mask.values[0]
        if attached.size > MAX_MASK_BYTES:
            raise UserError(f"The mask has more than {MAX_MASK_BYTES // 1024**2} MB. Attach a simpler one.")
        try:
            data = await attached.read()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise UserError("Discord did not hand over the mask. Attach it again.") from error
        return await images.check_mask(data, width, height, member=member)


async def picture_size(bot: Bot, job: JobRecord) -> tuple[int, int]:
    """Width and height of the job's picture in pixels. Raises `UserError` when it can't be downloaded."""
    picture = await download_original(bot, job)
    return picture.width, picture.height


async def download_original(bot: Bot, job: JobRecord) -> Upload:
    """The job's picture in full size, from the API. Raises `UserError` when it can't be downloaded."""
    urls = [url for url in (job.image_url, job.original_url) if url is not None]
    for url in urls:
        pictures, _ = await bot.services.files.at([url], MAX_DOWNLOAD)
        if pictures and not pictures[0].is_video:
            return pictures[0]
    raise UserError("The picture can no longer be downloaded, so no part of it can be chosen. Make it anew.")


ITEMS = (RegionFormButton,)
FORMS = (RegionForm,)
