"""What the bot may answer to an interaction, and what each answer does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.messages.admission import check_files
from playground.discord_server.messages.compose import (
    COMMAND_REPLY,
    MENU_REPLY,
    REPLY,
    Composer,
    MessageContext,
    int_flags,
)
from playground.discord_server.state import seed
from playground.discord_server.state.app_installs import only_for_user
from playground.discord_server.state.channels import EPHEMERAL, StoredMessage
from playground.discord_server.state.files import Upload
from playground.discord_server.state.threads import open_to_answers, open_to_changed_answers
from playground.discord_server.validation.layout import check_modal
from playground.discord_server.validation.options import CHOICE, check_choices
from playground.discord_server.validation.problems import Problems, refuse
from playground.discord_server.validation.rules import Fields, Items, Number

from .interaction import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from .registry import Interactions

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: (MESSAGE, DEFER, MODAL),
    COMPONENT: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE),
}
DATA = ("data",)
MOST_FOLLOW_UPS = 5  # where only the member has installed the application
AUTOCOMPLETED = Fields({"choices": Items(CHOICE, 0, 25)}, ("choices",))


@dataclass
class Answers:
    """Carries out the bot's answers and follow-ups."""

    composer: Composer
    desk: Interactions

    def give(self, interaction: Interaction, body: Json, uploads: Mapping[str, Upload]) -> StoredMessage | None:
        """Carry out a callback; the message it made or changed, if any. Refused bodies answer nothing."""
        kind = callback_type(interaction, body)
        data = body.get("data") or {}
        if not isinstance(data, dict):
            refuse(DATA, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        self._check_files(interaction, uploads)
        made = self._carry_out(kind, interaction, data, uploads)
        interaction.original = made
        self.desk.acknowledge(interaction, kind)
        self._show(interaction, kind)
        return made

    def follow_up(self, interaction: Interaction, body: Json, uploads: Mapping[str, Upload]) -> StoredMessage:
        """Carry out a follow-up; the first one after a deferral takes the place of "thinking…"."""
        if only_for_user(interaction.owners) and interaction.follow_ups >= MOST_FOLLOW_UPS:
            raise refusal("too_many_follow_ups")
        self._check_files(interaction, uploads)
        stored = self._followed_up(interaction, body, uploads)
        interaction.follow_ups += 1
        return stored

    def edit(self, interaction: Interaction, stored: StoredMessage, body: Json, uploads: Mapping[str, Upload]) -> Json:
        """Carry out the edit of one of the interaction's messages."""
        self._check_files(interaction, uploads)
        return self.composer.edit(interaction.channel, stored, body, uploads)

    def _check_files(self, interaction: Interaction, uploads: Mapping[str, Upload]) -> None:
        check_files(self.composer.world, interaction.channel, uploads, interaction.user_id)

    def _followed_up(self, interaction: Interaction, body: Json, uploads: Mapping[str, Upload]) -> StoredMessage:
        original = interaction.original
        thinking = original is not None and original.id in interaction.channel.messages
        if original and thinking and original.message["flags"] & 128 and interaction.answer == DEFER:
            open_to_changed_answers(self.composer.world, interaction.channel)
            self.composer.edit(interaction.channel, original, body, uploads)
            return original
        return self._reply(interaction, body, uploads, reference=original)

    def _message(self, interaction: Interaction, data: Json, uploads: Mapping[str, Upload]) -> StoredMessage:
        return self._reply(interaction, data, uploads, in_callback=True)

    def _defer(self, interaction: Interaction, data: Json, uploads: Mapping[str, Upload]) -> StoredMessage:
        return self._reply(interaction, data, uploads, loading=True, in_callback=True)

    def _nothing(self, interaction: Interaction, data: Json, uploads: Mapping[str, Upload]) -> StoredMessage | None:
        return interaction.source

    def _update(self, interaction: Interaction, data: Json, uploads: Mapping[str, Upload]) -> StoredMessage | None:
        source = interaction.source
        if source is None or source.id not in interaction.channel.messages:
            raise refusal("unknown_message")
        open_to_changed_answers(self.composer.world, interaction.channel)
        self.composer.edit(interaction.channel, source, data, uploads, DATA)
        return source

    def _choices(self, interaction: Interaction, data: Json, uploads: Mapping[str, Upload]) -> None:
        AUTOCOMPLETED.check(data, DATA, problems := Problems())
        problems.raise_if_any()
        check_choices(focused(interaction.data.get("options") or []) | data, DATA, problems)
        problems.raise_if_any()
        interaction.choices = [{"name": each["name"], "value": each["value"]} for each in data["choices"]]

    def _modal(self, interaction: Interaction, data: Json, uploads: Mapping[str, Upload]) -> None:
        check_modal(data, problems := Problems())
        problems.raise_if_any()
        interaction.modal = data

    def _show(self, interaction: Interaction, kind: int) -> None:
        if kind == CHOICES:
            interaction.tell("choices", {"choices": interaction.choices})
        elif kind == MODAL and interaction.modal is not None:
            shown = {key: interaction.modal[key] for key in ("custom_id", "title", "components")}
            interaction.tell("modal", {"interaction_id": interaction.id, **shown})

    def _reply(
        self,
        interaction: Interaction,
        body: Json,
        uploads: Mapping[str, Upload],
        *,
        reference: StoredMessage | None = None,
        loading: bool = False,
        in_callback: bool = False,
    ) -> StoredMessage:
        open_to_answers(self.composer.world, interaction.channel)
        frame = reply_context(interaction, self.composer.world.users, body, reference)
        stored = self.composer.create(frame, body, uploads, DATA if in_callback else (), loading)
        interaction.messages.append(stored)
        return stored

    def _carry_out(
        self, kind: int, interaction: Interaction, data: Json, uploads: Mapping[str, Upload]
    ) -> StoredMessage | None:
        actions: dict[int, Callable[[Interaction, Json, Mapping[str, Upload]], StoredMessage | None]] = {
            MESSAGE: self._message,
            DEFER: self._defer,
            DEFER_UPDATE: self._nothing,
            UPDATE: self._update,
            CHOICES: self._choices,
            MODAL: self._modal,
        }
        return actions[kind](interaction, data, uploads)


def focused(options: list[Json]) -> Json:
    """The option in which the member types, within its subcommand or not."""
    for option in options:
        inner = focused(option["options"]) if option.get("options") else {}
        if option.get("focused") or inner:
            return inner or {"type": option["type"]}
    return {}


def callback_type(interaction: Interaction, body: Json) -> int:
    """The type of a callback; refused when it is none that the interaction allows."""
    problems = Problems()
    Fields({"type": Number()}, ("type",)).check(body, (), problems)
    problems.raise_if_any()
    kind: int = body["type"]
    allowed = [each for each in ALLOWED[interaction.type] if interaction.source or each not in (DEFER_UPDATE, UPDATE)]
    if kind not in allowed:
        listed = ", ".join(str(each) for each in allowed)
        refuse(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
    return kind


def reply_context(
    interaction: Interaction, users: Mapping[str, Json], body: Json, reference: StoredMessage | None
) -> MessageContext:
    """The context of a reply or follow-up: a follow-up refers to the reply, a press's reply to its message."""
    user = users[interaction.user_id]
    metadata = interaction.metadata(user)
    fields: Json = {
        "application_id": seed.APPLICATION_ID,
        "webhook_id": seed.APPLICATION_ID,
        "interaction_metadata": metadata,
    }
    kind = REPLY
    if reference is not None:
        metadata["original_response_message_id"] = reference.id
    elif interaction.source is not None:
        reference = interaction.source
    if interaction.type == COMMAND and "original_response_message_id" not in metadata:
        kind = COMMAND_REPLY if interaction.data.get("type", 1) == 1 else MENU_REPLY
        named = {"id": interaction.id, "type": COMMAND, "name": metadata["name"], "user": user}
        fields["interaction"] = named
    viewer = interaction.user_id if int_flags(body) & EPHEMERAL or interaction.hidden else None
    return MessageContext(
        interaction.channel, users[seed.APPLICATION_ID], kind, interaction.id, viewer, reference, fields
    )
