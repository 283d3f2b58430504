"""Starting jobs, with what is set for the place where they were asked for."""

from collections.abc import Sequence

import discord

from bot.client.bot import Bot
from bot.services.jobs.batches import Batch
from bot.services.kinds import JobRequest
from bot.services.prompt import ImagineOptions, Prompt, expand_prompt
from bot.ui.base.defer import defer_if_slow
from bot.ui.base.location import reply_target, settings_scope_of
from bot.ui.confirm import ask_to_confirm


async def start_imagine(interaction: discord.Interaction[Bot], prompt: Prompt) -> None:
    """A new picture as the answer to this interaction. Raises `UserError` when the prompt would be refused."""
    await preflight(interaction, prompt.full)
    bot = interaction.client
    opened = await bot.services.jobs.imagine(prompt, reply_target(interaction))
    await bot.services.replies.open(interaction, opened)


async def start_job(interaction: discord.Interaction[Bot], order: JobRequest, words: str) -> None:
    """A job of another kind, from these words, as the answer to this interaction. Raises `UserError`."""
    await preflight(interaction, words)
    opened = await interaction.client.services.jobs.create(order, reply_target(interaction), prompt=words)
    await interaction.client.services.replies.open(interaction, opened)


async def start_all(interaction: discord.Interaction[Bot], prompts: Sequence[Prompt], *, boost: bool = False) -> None:
    """A new picture for each prompt. What costs more than usual is confirmed first. Raises `UserError`."""
    if len(prompts) == 1 and not boost:
        await start_imagine(interaction, prompts[0])
        return
    await preflight(interaction, *(prompt.full for prompt in prompts))
    await ask_to_confirm(interaction, Batch(tuple(prompts), boost))


async def imagine_words(interaction: discord.Interaction[Bot], words: str) -> None:
    """New pictures from what was written into a form. Raises `UserError`."""
    await start_all(interaction, expand_prompt(words, ImagineOptions()))


async def start_follow_up(
    interaction: discord.Interaction[Bot],
    job_id: str,
    index: int,
    *,
    prompt: Prompt | None = None,
    mask: str | None = None,
    zoom: float | None = None,
) -> None:
    """A follow-up as the answer to this interaction, or a pointer to the one an earlier press has started."""
    bot = interaction.client
    if prompt is not None:
        await preflight(interaction, prompt.full)
    boost = (await bot.services.guild_settings.settings(settings_scope_of(interaction))).boost
    opened = await bot.services.jobs.follow_up(
        job_id, index, reply_target(interaction), prompt=prompt, mask=mask, zoom=zoom, boost=boost
    )
    await bot.services.replies.open(interaction, opened)


async def preflight(interaction: discord.Interaction[Bot], *prompts: str) -> None:
    """Return when the place asks for no check, or nothing speaks against the prompts. Raises `UserError` otherwise."""
    settings = await interaction.client.services.guild_settings.settings(settings_scope_of(interaction))
    for prompt in prompts if settings.check_prompts else ():
        await defer_if_slow(interaction, interaction.client.services.prompt_checks.preflight(prompt))
