"""One interaction: who did what where, and its state."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playground.discord_server.base.clock import PatientTimer
from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import Channel, StoredMessage

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5

WAITING, ACKNOWLEDGED, FAILED = "waiting", "acknowledged", "failed"
NO_ANSWER = "The application did not respond"

Listener = Callable[[str, Json], None]


@dataclass
class Interaction:
    """An interaction from its start to the end of its token."""

    id: str
    token: str = field(repr=False)
    type: int
    user_id: str
    channel: Channel
    data: Json
    owners: Json  # who has installed the application so that this could happen
    started: float
    source: StoredMessage | None = None  # the message whose button was pressed
    cause: "Interaction | None" = None  # the one whose modal was filled in
    deadline: PatientTimer | None = None  # of the first answer
    state: str = WAITING
    error: str | None = None
    answer: int | None = None  # the callback type
    answered: float | None = None  # when it came
    original: StoredMessage | None = None  # what @original means
    modal: Json | None = None
    choices: list[Json] | None = None
    expired: bool = False
    messages: list[StoredMessage] = field(default_factory=list)  # the reply and its follow-ups
    follow_ups: int = 0
    hidden: bool = False  # whether all replies are for the member alone
    listeners: list[Listener] = field(default_factory=list)

    def tell(self, name: str, payload: Json) -> None:
        """Send the interaction's state to the member's client."""
        for listener in list(self.listeners):
            listener(name, payload)

    def metadata(self, user: Json) -> Json:
        """The `interaction_metadata` of messages that answer it."""
        base: Json = {
            "id": self.id,
            "type": self.type,
            "user": user,
            "authorizing_integration_owners": self.owners,
        }
        if self.type == COMMAND:
            base["name"] = full_name(self.data)
            base["command_type"] = self.data.get("type", 1)
        if self.source is not None:
            base["interacted_message_id"] = self.source.id
        if self.cause is not None:
            base["triggering_interaction_metadata"] = self.cause.metadata(user)
        return base


def full_name(data: Json) -> str:
    """A command's name with those of its group and subcommand."""
    name, options = data["name"], data.get("options") or []
    while options and options[0]["type"] in (1, 2):
        name, options = f"{name} {options[0]['name']}", options[0].get("options") or []
    return name
