"""Opens interactions, keeps their deadlines, and finds them again by id or token."""

import secrets
from functools import partial

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.gateway.gateway import Gateway
from playground.discord_server.state.app_installs import hidden
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.discord_server.state.world import World

from .interaction import ACKNOWLEDGED, AUTOCOMPLETE, FAILED, NO_ANSWER, WAITING, Interaction, Listener
from .payload import interaction_create

ANSWER_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0


class Interactions:
    """All interactions whose token still means something."""

    def __init__(self, world: World, gateway: Gateway, answer_seconds: float) -> None:
        self.answer_seconds = answer_seconds  # to answer an interaction
        self._world = world
        self._gateway = gateway
        self._by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def open(
        self,
        kind: int,
        user_id: str,
        channel: Channel,
        data: Json,
        *,
        owners: Json,
        source: StoredMessage | None = None,
        cause: Interaction | None = None,
        listener: Listener | None = None,
    ) -> Interaction:
        """Start an interaction and send it to the bot, whose time to answer begins now."""
        interaction = Interaction(
            id=self._world.snowflakes.next(),
            token=secrets.token_urlsafe(64),
            type=kind,
            user_id=user_id,
            channel=channel,
            data=data,
            owners=owners,
            started=self._world.clock.now(),
            source=source,
            cause=cause,
            listeners=[listener] if listener else [],
            hidden=hidden(self._world, owners, channel, user_id),
        )
        self._by_id[interaction.id] = self._by_token[interaction.token] = interaction
        interaction.deadline = self._world.clock.call_patiently(
            self.answer_seconds, partial(self._overdue, interaction)
        )
        self._world.clock.call_later(TOKEN_SECONDS, partial(self._expire, interaction))
        # With an address for interactions in the portal, the gateway gets none. Nothing listens at the address here.
        if not self._world.portal.get("interactions_endpoint_url"):
            self._gateway.dispatch("INTERACTION_CREATE", interaction_create(self._world, interaction), channel.guild_id)
        return interaction

    def get(self, interaction_id: str) -> Interaction | None:
        """The interaction of an id, if it is still remembered."""
        return self._by_id.get(interaction_id)

    def unanswered(self, interaction_id: str, token: str) -> Interaction:
        """The interaction that a callback is for; refused when unknown, overdue or answered."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.state == FAILED:
            raise refusal("unknown_interaction")
        if interaction.state == ACKNOWLEDGED:
            raise refusal("acknowledged")
        return interaction

    def answered(self, token: str) -> Interaction:
        """The interaction that a follow-up is for; refused when unknown, unanswered or too old."""
        interaction = self._by_token.get(token)
        if interaction is None:
            raise refusal("unknown_webhook")
        if interaction.expired:
            raise refusal("invalid_webhook_token")
        if interaction.state != ACKNOWLEDGED:
            raise refusal("unknown_webhook")
        return interaction

    def acknowledge(self, interaction: Interaction, answer: int) -> None:
        """Note that the bot has answered."""
        interaction.state, interaction.answer = ACKNOWLEDGED, answer
        interaction.answered = self._world.clock.now()
        if interaction.deadline is not None:
            interaction.deadline.cancel()
        if interaction.cause is not None:
            interaction.cause.modal = None  # until now the member's form stayed open, to be sent once more
        if interaction.type != AUTOCOMPLETE:
            interaction.tell("interaction", {"state": ACKNOWLEDGED})

    def expire_all(self) -> None:
        """Make every token too old."""
        for interaction in self._by_token.values():
            interaction.expired = True

    def _overdue(self, interaction: Interaction) -> None:
        if interaction.state == WAITING:
            interaction.state, interaction.error = FAILED, NO_ANSWER
            interaction.tell("interaction", {"state": FAILED, "error": NO_ANSWER})

    def _expire(self, interaction: Interaction) -> None:
        """Keep only the token: a late follow-up must be refused as late."""
        interaction.expired = True
        interaction.listeners.clear()
