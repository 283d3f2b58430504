"""Forms: their base class, those that ask for a prompt, and what becomes of one that can't be served.

A form's custom_id holds a version and what the form is about, so that any process can serve it: discord.py keeps forms
in the memory of the process that opened them. Old formats stay registered, like those of buttons.
"""

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Self, cast

import discord
from discord import ui

from bot.client.answers import Deferral
from bot.client.bot import Bot
from bot.errors import UserError
from bot.services.prompt import MAX_PROMPT
from bot.ui.base.errors import WithWords
from bot.ui.base.message import action_row
from bot.ui.base.persistent import PersistentItem
from bot.ui.base.text import shorten

_MAX_TITLE = 45
_LATE = "Discord waits three seconds for a form, and this took longer. Open it here."
_UNKNOWN = (
    "This form is from another version of the bot, so nothing was started. Open it once more and paste your words."
)

_Interaction = discord.Interaction[Bot]


class Form(ui.Modal):
    """Base of all forms: recreated from its custom_id; reports errors to the member, along with what they wrote."""

    template: ClassVar[re.Pattern[str]]
    deferral: ClassVar[Deferral] = Deferral.PUBLIC
    prompt: ui.TextInput[Any]

    def __init_subclass__(cls, *, template: str | None = None) -> None:
        super().__init_subclass__()
        if template is not None:
            cls.template = re.compile(template, re.DOTALL)

    def __init__(self, title: str, custom_id: str) -> None:
        super().__init__(title=shorten(title, _MAX_TITLE), timeout=None, custom_id=custom_id)
        # Otherwise discord.py would keep it in memory and serve it as well.
        self.stop()

    @classmethod
    @abstractmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> Self:
        """The form of this custom_id, to be filled in. Raises `UserError` when its subject no longer exists."""

    @classmethod
    @abstractmethod
    def sent(cls, match: re.Match[str]) -> Self:
        """The form of this custom_id, as yet without what the member filled in."""

    @classmethod
    async def submitted(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> None:
        """Read what the member filled in, and pass the form to `on_submit`."""
        data = cast("dict[str, Any]", interaction.data)
        # What discord.py itself does with the forms that it keeps.
        await cls.sent(match)._dispatch_submit(interaction, data["components"], data.get("resolved", {}))  # noqa: SLF001

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Report the error to the member; discord.py would only log it."""
        await interaction.client.report(interaction, WithWords(error, self.prompt.value))

    def opener(self) -> ui.LayoutView:
        """A view with a button that opens the form: what is shown when it was too late for the form itself."""
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.TextDisplay(_LATE))
        view.add_item(action_row(OpenFormButton.build(self.custom_id)))
        return view


class PromptForm(Form):
    """Base of the forms with nothing but a prompt. `introduction` stands above the box."""

    def __init__(
        self, title: str, custom_id: str, prompt: str = "", *, required: bool = True, introduction: str | None = None
    ) -> None:
        super().__init__(title, custom_id)
        self.prompt = prompt_input(prompt, required=required)
        if introduction is not None:
            self.add_item(ui.TextDisplay(introduction))
        self.add_item(ui.Label(text="Prompt", component=self.prompt))


class OpenFormButton(PersistentItem[ui.Button[Any]], template=re.compile(r"ip1:open:(?P<form>.{1,90})", re.DOTALL)):
    """Opens the form with this custom_id."""

    deferral = Deferral.PRIVATE

    def __init__(self, item: ui.Button[Any], form_id: str) -> None:
        super().__init__(item)
        self.form_id = form_id

    @classmethod
    def build(cls, form_id: str) -> Self:
        """The button for this form."""
        button: ui.Button[Any] = ui.Button(
            label="Open the form", style=discord.ButtonStyle.primary, custom_id=f"ip1:open:{form_id}"
        )
        return cls(button, form_id)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Recreate the button from its custom_id; called by discord.py."""
        return cls(cast("ui.Button[Any]", item), match["form"])

    async def run(self, interaction: _Interaction) -> None:
        """Open the form."""
        found = interaction.client.arrivals.form(self.form_id)
        if found is None:
            raise UserError(_UNKNOWN)
        form, match = found
        await interaction.response.send_modal(await form.opened(interaction, match))


class UnknownForm:
    """A form that no class serves, such as one of an older version: its words are given back to the member."""

    template: ClassVar[re.Pattern[str]] = re.compile(".*", re.DOTALL)
    deferral: ClassVar[Deferral] = Deferral.PRIVATE

    @classmethod
    async def opened(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> ui.Modal:
        """Raise `UserError`: there is none to open."""
        raise UserError(_UNKNOWN)

    @classmethod
    async def submitted(cls, interaction: discord.Interaction[Any], match: re.Match[str], /) -> None:
        """Answer with what the member wrote."""
        words = " ".join(_texts(cast("dict[str, Any]", interaction.data).get("components")))
        await interaction.client.report(interaction, WithWords(UserError(_UNKNOWN), words))


def prompt_input(prompt: str, *, required: bool = True) -> ui.TextInput[Any]:
    """A text box for a prompt, limited to what the API accepts."""
    return ui.TextInput(
        custom_id="prompt",
        style=discord.TextStyle.paragraph,
        default=prompt[:MAX_PROMPT],
        max_length=MAX_PROMPT,
        required=required,
    )


def _texts(components: Any) -> Iterator[str]:
    """The texts written into these components, nested or not."""
    for each in components if isinstance(components, list) else [components]:
        if isinstance(each, dict):
            value = each.get("value")
            if isinstance(value, str) and value.strip():
                yield value
            yield from _texts(each.get("components"))
            yield from _texts(each.get("component"))


ITEMS = (OpenFormButton,)
