"""Starts jobs from interactions, with the settings of the server or direct messages they come from."""

from collections.abc import Sequence

import discord

from bot.client.bot import Bot
from bot.services.jobs.batches import Batch
from bot.services.kinds import JobRequest
from bot.services.prompt import Prompt
from bot.ui.base.location import reply_target, settings_scope_of
from bot.ui.confirm import ask_to_confirm


async def start_imagine(interaction: discord.Interaction[Bot], prompt: Prompt) -> None:
    """Start an /imagine job and answer the interaction with it. Raises `UserError` when the prompt is refused."""
    await preflight(interaction, prompt.full)
    bot = interaction.client
    opened = await bot.services.jobs.imagine(prompt, reply_target(interaction))
    await bot.services.replies.open(interaction, opened)


async def start_job(interaction: discord.Interaction[Bot], request: JobRequest, words: str) -> None:
    """Start a job of any other kind and answer the interaction with it. Raises `UserError`."""
    await preflight(interaction, words)
    opened = await interaction.client.services.jobs.create(request, reply_target(interaction), prompt=words)
    await interaction.client.services.replies.open(interaction, opened)


async def start_imagines(
    interaction: discord.Interaction[Bot], prompts: Sequence[Prompt], *, boost: bool = False
) -> None:
    """Start an /imagine job for each prompt; several jobs and boost are confirmed first. Raises `UserError`."""
    if len(prompts) == 1 and not boost:
        await start_imagine(interaction, prompts[0])
        return
    await preflight(interaction, *(prompt.full for prompt in prompts))
    await ask_to_confirm(interaction, Batch(tuple(prompts), boost))


async def imagine_from_form(interaction: discord.Interaction[Bot], words: str) -> None:
    """Start /imagine jobs from the text of a form. Raises `UserError`."""
    await start_imagines(interaction, interaction.client.services.composer.expanded(words))


async def start_follow_up(
    interaction: discord.Interaction[Bot],
    job_id: str,
    index: int,
    *,
    prompt: Prompt | None = None,
    mask: str | None = None,
    zoom: float | None = None,
) -> None:
    """Start a follow-up and answer the interaction with it, or with a link if an earlier press has started it."""
    bot = interaction.client
    if prompt is not None:
        await preflight(interaction, prompt.full)
    boost = (await bot.services.guild_settings.settings(settings_scope_of(interaction))).boost
    opened = await bot.services.jobs.follow_up(
        job_id, index, reply_target(interaction), prompt=prompt, mask=mask, zoom=zoom, boost=boost
    )
    await bot.services.replies.open(interaction, opened)


async def preflight(interaction: discord.Interaction[Bot], *prompts: str) -> None:
    """Check the prompts where the server's settings ask for it. Raises `UserError` for one that is not allowed."""
    services = interaction.client.services
    if prompts and (await services.guild_settings.settings(settings_scope_of(interaction))).check_prompts:
        async with services.buckets.calling(interaction.user.id):
            for prompt in prompts:
                await services.prompt_checks.preflight(prompt)
