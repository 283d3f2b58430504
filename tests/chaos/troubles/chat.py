"""Troubles of Discord: refusals, slowness, lost gateways, deleted replies, expired tokens."""

from functools import partial
from random import Random

from playground.discord_server import DiscordServer
from tests.chaos.replies import bot_messages, is_private
from tests.chaos.troubles.kinds import Kind, Kinds
from tests.chaos.troubles.undoing import Undoing

ROUTES = (
    "/interactions/{interaction_id}/{token}/callback",
    "/webhooks/{webhook_id}/{token}/messages/{message_id}",
    "/channels/{channel_id}/messages/{message_id}",
    "/channels/{channel_id}/messages",
)
_NEWEST = 10
_SLOW_SECONDS = 2.0


class ChatTroubles:
    """`deleted` are the ids of deleted replies."""

    def __init__(self, discord: DiscordServer, undoing: Undoing) -> None:
        self.deleted: set[str] = set()
        self._discord = discord
        self._faults = discord.faults
        self._undoing = undoing

    @property
    def kinds(self) -> Kinds:
        """With their weights."""
        return {
            "Discord refuses": Kind(6, self._refuse),
            "Discord is slow": Kind(2, self._slow_down),
            "gateway": Kind(4, self._drop_gateway),
            "reply deleted": Kind(3, self._delete_reply),
            "tokens": Kind(1, self._expire_tokens),
        }

    async def _refuse(self, rng: Random) -> str:
        route, status, times = rng.choice(ROUTES), rng.choice([429, 500, 502, 503]), rng.randint(1, 6)
        if status == 429:
            self._faults.rate_limit_next(route, 0.5, times=2)
        else:
            self._faults.refuse_next(route, status, times=times)
        return f"Discord answers {status} {route}"

    async def _slow_down(self, rng: Random) -> str:
        self._faults.delay = 0.7
        self._undoing.after(_SLOW_SECONDS, lambda: setattr(self._faults, "delay", 0.0))
        return "Discord is slow"

    async def _drop_gateway(self, rng: Random) -> str:
        how = rng.choice(["resumable", "forgotten", "op 7", "held"])
        match how:
            case "op 7":
                self._faults.ask_to_reconnect()
            case "held":
                self._faults.hold_gateway()
                self._undoing.after(_SLOW_SECONDS, partial(self._faults.hold_gateway, False))
                await self._faults.drop_gateway(resumable=True)
            case _:
                await self._faults.drop_gateway(resumable=how == "resumable")
        return f"gateway drops, {how}"

    async def _delete_reply(self, rng: Random) -> str:
        public = [stored for stored in bot_messages(self._discord) if not is_private(stored.message)][-_NEWEST:]
        index = rng.randrange(_NEWEST)
        if index >= len(public):
            return ""
        stored, world = public[index], self._discord.world
        self.deleted.add(stored.id)
        world.remove(world.find_channel(stored.message["channel_id"]), stored)
        return f"reply {stored.id} deleted"

    async def _expire_tokens(self, rng: Random) -> str:
        self._faults.expire_tokens()
        return "tokens expire"
