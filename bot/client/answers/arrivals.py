"""What happens to an interaction as it arrives: its deadline begins, and a form finds the class that serves it."""

import re
from typing import Any, Protocol, cast

import discord
from discord import app_commands, ui

from bot.client.answers.deferral import KEY, Deferral
from bot.client.answers.response import TimelyResponse

_Interaction = discord.Interaction[Any]


class ServedForm(Protocol):
    """The class of a form whose custom_id is enough to serve it, in any process."""

    @property
    def template(self) -> re.Pattern[str]:
        """What its custom_ids look like."""
        ...

    @property
    def deferral(self) -> Deferral:
        """How the answer to a form that was sent usually looks."""
        ...

    async def submitted(self, interaction: _Interaction, match: re.Match[str], /) -> None:
        """Handle the form as a member sent it; reports errors by itself."""
        ...

    async def opened(self, interaction: _Interaction, match: re.Match[str], /) -> ui.Modal:
        """The form of this custom_id, to be filled in. Raises `UserError`."""
        ...


class Arrivals:
    """Knows who serves an interaction. An unanswered one is deferred after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._items: list[type[ui.DynamicItem[Any]]] = []
        self._forms: list[ServedForm] = []

    def add_items(self, *items: type[ui.DynamicItem[Any]]) -> None:
        """Add persistent buttons and menus; their attribute `deferral` says how their answers look."""
        self._items.extend(items)

    def add_forms(self, *forms: ServedForm) -> None:
        """Add forms. The first whose template fits serves a form that was sent."""
        self._forms.extend(forms)

    def received(self, interaction: _Interaction) -> None:
        """Begin the interaction's deadline; called before its handler runs."""
        TimelyResponse.of(interaction, self._deferral(interaction), self._seconds)

    def form(self, custom_id: str) -> tuple[ServedForm, re.Match[str]] | None:
        """The form that serves this custom_id."""
        for form in self._forms:
            match = form.template.fullmatch(custom_id)
            if match is not None:
                return form, match
        return None

    async def submit(self, interaction: _Interaction) -> None:
        """Let the form that a member sent be handled."""
        served = self.form(_custom_id(interaction))
        if served is not None:
            form, match = served
            await form.submitted(interaction, match)

    def _deferral(self, interaction: _Interaction) -> Deferral | None:
        """How the interaction is deferred; None for one that must not be, or that nothing here answers."""
        match interaction.type:
            case discord.InteractionType.application_command:
                return _command_deferral(interaction.command)
            case discord.InteractionType.component:
                return self._item_deferral(_custom_id(interaction))
            case discord.InteractionType.modal_submit:
                served = self.form(_custom_id(interaction))
                return None if served is None else served[0].deferral
            case _:
                return None

    def _item_deferral(self, custom_id: str) -> Deferral | None:
        for item in self._items:
            if item.__discord_ui_compiled_template__.fullmatch(custom_id):
                return cast("Deferral", getattr(item, KEY, Deferral.PRIVATE))
        return None


def _command_deferral(
    command: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | None,
) -> Deferral:
    if command is None:
        # What is answered to an unknown command is for the member alone.
        return Deferral.PRIVATE
    extras = command.extras
    if isinstance(command, app_commands.Command) and command.root_parent is not None:
        extras = {**command.root_parent.extras, **extras}
    return cast("Deferral", extras.get(KEY, Deferral.PUBLIC))


def _custom_id(interaction: _Interaction) -> str:
    return str(cast("dict[str, Any]", interaction.data or {}).get("custom_id"))
