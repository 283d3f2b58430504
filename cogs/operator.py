"""/operator: commands about the API's account, for the bot's owner, in the operator's server only."""

from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client.answers import PRIVATE_ANSWER
from bot.client.bot import Bot
from bot.errors import UserError
from bot.imaginepro import ACCOUNT_COMMANDS
from bot.services.admin.operator import Operator
from bot.services.admin.unpublished_calls import QueueAction, WordAction
from bot.ui.panels import operator as panels

_Interaction = discord.Interaction[Bot]
_MAX_CHOICES = 25
_MAX_ID = 100


class _NotOwner(UserError, app_commands.CheckFailure):
    """The member is not the bot's owner, or Discord did not say who is."""


async def _check_owner(interaction: _Interaction) -> bool:
    """A command check that passes for the bot's owners and raises `_NotOwner` for all others."""
    try:
        owner = await interaction.client.is_owner(interaction.user)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise _NotOwner("Discord did not say who owns this bot, so nothing was done. Try again.") from error
    if not owner:
        raise _NotOwner("Only the owner of this bot can use this.")
    return True


# The cog's own check does not cover autocomplete.
@app_commands.check(_check_owner)
async def _suggest_accounts(interaction: _Interaction, typed: str) -> list[Choice[str]]:
    operator = interaction.client.services.operator
    known = [account for account in operator.known_accounts(typed) if len(account.id) <= _MAX_ID] if operator else []
    return [Choice(name=panels.account_choice(account), value=account.id) for account in known[:_MAX_CHOICES]]


@app_commands.guild_only()
@app_commands.default_permissions(administrator=True)
class OperatorCommands(commands.GroupCog, group_name="operator", group_extras=PRIVATE_ANSWER):
    """For whoever runs this bot: the account behind it"""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Allow the bot's owners only; being an administrator is not enough."""
        # Deferred since it may take longer than the three seconds Discord waits: Discord may have to be asked who owns
        # the bot, and the API accepts one request every three seconds.
        await interaction.response.defer(ephemeral=True, thinking=True)
        return await _check_owner(interaction)

    @app_commands.command()
    async def accounts(self, interaction: _Interaction) -> None:
        """List the Discord accounts linked to the service."""
        await _show(interaction, panels.accounts_panel(await self._operator.accounts()))

    @app_commands.command()
    @app_commands.describe(id="The account's id; /operator accounts lists them")
    @app_commands.autocomplete(id=_suggest_accounts)
    async def account(self, interaction: _Interaction, id: Range[str, 1, _MAX_ID]) -> None:  # noqa: A002
        """Show one linked account."""
        await _show(interaction, panels.account_panel(await self._operator.account(id)))

    @app_commands.command()
    @app_commands.describe(id="The account's id; /operator accounts lists them")
    @app_commands.autocomplete(id=_suggest_accounts)
    async def activate(self, interaction: _Interaction, id: Range[str, 1, _MAX_ID]) -> None:  # noqa: A002
        """Let a linked account run jobs."""
        await _show(interaction, panels.account_panel(await self._operator.switch(id, active=True)))

    @app_commands.command()
    @app_commands.describe(id="The account's id; /operator accounts lists them")
    @app_commands.autocomplete(id=_suggest_accounts)
    async def deactivate(self, interaction: _Interaction, id: Range[str, 1, _MAX_ID]) -> None:  # noqa: A002
        """Let a linked account run no more jobs."""
        await _show(interaction, panels.account_panel(await self._operator.switch(id, active=False)))

    @app_commands.command()
    @app_commands.describe(message_id="The job's id: the service's own, or the bot's as its log has it")
    async def trace(self, interaction: _Interaction, message_id: Range[str, 1, _MAX_ID]) -> None:
        """Find out which linked account ran a job."""
        await _show(interaction, panels.trace_panel(await self._operator.trace(message_id)))

    @app_commands.command()
    @app_commands.describe(cmd="The Midjourney command", account="The id of the account it is given to")
    @app_commands.choices(cmd=[Choice(name=name, value=name) for name in ACCOUNT_COMMANDS])
    @app_commands.autocomplete(account=_suggest_accounts)
    async def command(self, interaction: _Interaction, cmd: str, account: Range[str, 1, _MAX_ID]) -> None:
        """Give a linked account a Midjourney command; it may cost credits."""
        await _show(interaction, panels.command_panel(cmd, account, await self._operator.command(cmd, account)))

    @app_commands.command()
    @app_commands.describe(page="Which page, the newest pictures first")
    async def history(self, interaction: _Interaction, page: Range[int, 1, 1000] = 1) -> None:
        """List the account's pictures of the last 24 hours."""
        await _show(interaction, panels.history_panel(page, await self._operator.history(page)))

    @app_commands.command()
    async def info(self, interaction: _Interaction) -> None:
        """Show the plan and the credits left."""
        await _show(interaction, panels.plan_panel(await self._operator.plan()))

    @app_commands.command()
    @app_commands.describe(action="What to do with the queue")
    @app_commands.choices(action=[Choice(name=action.value, value=action.value) for action in QueueAction])
    async def queue(self, interaction: _Interaction, action: str) -> None:
        """Count, pause, resume or reboot the account's queue."""
        answer = await self._operator.unpublished.queue(QueueAction(action))
        await _show(interaction, panels.answer_panel(f"Queue: {action}", answer))

    @app_commands.command()
    @app_commands.describe(action="What to do with the banned words", word="The word to add or to remove")
    @app_commands.choices(action=[Choice(name=action.value, value=action.value) for action in WordAction])
    async def banwords(
        self, interaction: _Interaction, action: str, word: Range[str, 1, _MAX_ID] | None = None
    ) -> None:
        """Show or change the words that prompts must not hold."""
        answer = await self._operator.unpublished.ban_words(WordAction(action), word)
        await _show(interaction, panels.answer_panel(f"Banned words: {action}", answer))

    @app_commands.command(name="account-queue")
    @app_commands.describe(id="The account's id; /operator accounts lists them")
    @app_commands.autocomplete(id=_suggest_accounts)
    async def account_queue(self, interaction: _Interaction, id: Range[str, 1, _MAX_ID]) -> None:  # noqa: A002
        """Show the queue of one linked account."""
        answer = await self._operator.unpublished.account_queue(id)
        await _show(interaction, panels.answer_panel(f"Queue of account {id}", answer))


async def _show(interaction: _Interaction, panel: discord.ui.LayoutView) -> None:
    await interaction.edit_original_response(view=panel)


async def setup(bot: Bot) -> None:
    """Called by discord.py when the extension is loaded; adds nothing when the commands are not enabled."""
    if bot.services.operator is not None and bot.services.operator_guild is not None:
        await bot.add_cog(OperatorCommands(bot.services.operator), guild=discord.Object(bot.services.operator_guild))
