"""The forms of the context menu entries Remix and Use as image prompt."""

import re
from typing import Any, Self

import discord

from bot.client.bot import Bot
from bot.services.images.inputs import IMAGE_PROMPT
from bot.services.prompt import ImagineOptions
from bot.ui.base.forms import PromptForm
from bot.ui.base.persistent import JOB_ID
from bot.ui.inputs.pictures import ImageInput, gather_images
from bot.ui.start import imagine_from_form, start_imagine

PURPOSE = "image prompt"
"""The purpose under which drafts with the URL of a picture are stored."""

_INTRODUCTION = "Say what the new picture shows. It starts from the first picture of the message."


class RemixPromptForm(PromptForm, template=rf"ip1:f:again:{JOB_ID}"):
    """The prompt of a job, to be changed; imagines what is sent."""

    def __init__(self, job_id: str, prompt: str = "") -> None:
        super().__init__("Remix", f"ip1:f:again:{job_id}", prompt)

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form with the job's prompt."""
        job = await interaction.client.services.jobs.get(match["job"])
        return cls(job.id, job.prompt)

    @classmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form, to be read."""
        return cls(match["job"])

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Imagine what was written."""
        await imagine_from_form(interaction, self.prompt.value)


class ImagePromptForm(PromptForm, template=rf"ip1:f:picture:{JOB_ID}"):
    """Asks for a prompt beside a picture, whose URL is in a draft."""

    def __init__(self, draft_id: str) -> None:
        super().__init__("Use as image prompt", f"ip1:f:picture:{draft_id}", introduction=_INTRODUCTION)
        self._draft_id = draft_id

    @classmethod
    async def of(cls, interaction: discord.Interaction[Bot], url: str) -> Self:
        """The form for the picture at this URL."""
        return cls(await interaction.client.services.drafts.keep(PURPOSE, interaction.user.id, {"url": url}))

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form, empty."""
        return cls(match["job"])

    @classmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form, to be read."""
        return cls(match["job"])

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Imagine what was written, with the picture as image prompt."""
        services, words = interaction.client.services, self.prompt.value
        url = str((await services.drafts.look(PURPOSE, self._draft_id, interaction.user.id))["url"])
        # The prompt is checked before anything is downloaded.
        services.composer.composed(words, ImagineOptions(image_urls=(url,)))
        [picture] = await gather_images(interaction, [ImageInput("picture", url)], IMAGE_PROMPT, services.fetch)
        await start_imagine(interaction, services.composer.composed(words, ImagineOptions(image_urls=(picture.url,))))


FORMS = (RemixPromptForm, ImagePromptForm)
