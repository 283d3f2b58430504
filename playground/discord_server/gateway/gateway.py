"""The gateway: handshake, heartbeats, shards, RESUME, and events to all connected shards."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterable

from aiohttp import web

from playground.discord_server.base.identify_limits import IdentifyLimits
from playground.discord_server.base.json import Json
from playground.discord_server.state import seed
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.discord_server.state.permissions import permissions
from playground.discord_server.state.signed_urls import UrlSigner
from playground.discord_server.state.world import World

from . import events
from .client_frames import as_object, members_asked
from .connection import CloseWith, Connection
from .sessions import Session, new_session

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip
SOUNDBOARD = 31
HEARTBEAT_SECONDS = 41.25
ACK_SECONDS = 0.1


class Gateway:
    """The bot's sessions, connected or waiting to be resumed."""

    def __init__(self, world: World, token: str, identify_limits: IdentifyLimits, url_signer: UrlSigner) -> None:
        self.url = ""
        self.identify_limits = identify_limits
        self.held = False
        self.acks_held = False
        self.heartbeat = HEARTBEAT_SECONDS  # sent to clients in HELLO
        self.listeners: list[Callable[[bool], None]] = []
        self._world = world
        self.token = token
        self._url_signer = url_signer
        self._sessions: dict[str, Session] = {}
        self._was_online = False
        self._closing: set[asyncio.Task[None]] = set()
        world.listeners.append(self._message_changed)
        world.place_listeners.append(self._place_changed)

    @property
    def online(self) -> bool:
        """Whether the bot is connected with at least one shard."""
        return any(session.connection for session in self._sessions.values())

    @property
    def sessions(self) -> list[Session]:
        """The sessions there are, in the order of their start."""
        return list(self._sessions.values())

    def dispatch(self, event: str, payload: Json, guild_id: str | None) -> None:
        """Send an event to the shard of a guild (None: direct messages)."""
        for session in self._of(guild_id):
            session.dispatch(event, payload)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle one WebSocket, from HELLO to its end."""
        if self.held:
            return web.Response(status=503)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        connection = Connection(ws, self._url_signer.fresh)
        try:
            connection.agree(request.query)
            await self._converse(connection)
            self._ended(connection)
        except CloseWith as end:
            self._ended(connection)
            await connection.finish(end.code, end.reason)
        finally:
            await connection.close(1000)
        return ws

    async def drop(self, code: int = 4000, resumable: bool = True) -> None:
        """Close all connections; with `resumable` their sessions can be resumed."""
        sockets = [session.connection for session in self.sessions if session.connection]
        for session in self.sessions:
            session.connection = None
        if not resumable:
            self._sessions.clear()
        for connection in sockets:
            await connection.close(code)
        self._tell()

    def ask_to_reconnect(self) -> None:
        """Send op 7 to all."""
        for session in self.sessions:
            session.send({"op": RECONNECT, "d": None})

    async def _converse(self, connection: Connection) -> None:
        hello = {"heartbeat_interval": int(self.heartbeat * 1000), "_trace": ["local"]}
        connection.send({"op": HELLO, "d": hello, "s": None, "t": None})
        session: Session | None = None
        while (frame := await connection.receive(HEARTBEAT_SECONDS * 1.5)) is not None:
            session = self._handle(connection, session, frame)

    def _handle(self, connection: Connection, session: Session | None, frame: Json) -> Session | None:
        op, data = frame["op"], frame.get("d")
        if op == HEARTBEAT:  # may come before IDENTIFY
            # At once would be before discord.py has noted that it sent it: it would warn of a line 41 seconds slow.
            ack: Json = {"op": ACK, "d": None, "s": None, "t": None}
            if not self.acks_held:
                asyncio.get_running_loop().call_later(ACK_SECONDS, connection.send, ack)
        elif op == IDENTIFY and session:
            raise CloseWith(4005, "Already authenticated.")
        elif op == IDENTIFY:
            return self._identify(connection, data)
        elif op == RESUME:
            return self._resume(connection, data)
        elif op not in (PRESENCE, VOICE, MEMBERS, SOUNDBOARD):
            raise CloseWith(4001, "Unknown opcode.")
        elif session is None:
            raise CloseWith(4003, "Not authenticated.")
        elif op == MEMBERS:
            session.dispatch("GUILD_MEMBERS_CHUNK", events.members_chunk(self._world, members_asked(data)))
        return session

    def _identify(self, connection: Connection, data: object) -> Session | None:
        session = new_session(as_object(data), self.token)
        if not self.identify_limits.count(self._world.clock.now()):
            self._reset_token()
            raise CloseWith(4004, "Authentication failed.")
        if not self.identify_limits.take(session.shard[0], self._world.clock.now()):
            connection.send({"op": INVALID, "d": False, "s": None, "t": None})
            return None
        for other in self.sessions:  # a shard's forgotten predecessor would swallow its events
            if other.shard == session.shard and other.connection is None:
                del self._sessions[other.id]
        self._sessions[session.id] = session
        session.connection = connection
        if as_object(data).get("compress") is True:
            connection.compress()
        session.dispatch("READY", events.ready(self._world, session.id, session.shard, self.url))
        if events.has_own_guild(self._world, session.shard) and session.intents & events.GUILDS:
            session.dispatch("GUILD_CREATE", events.guild_create(self._world, session.intents))
        for guild in events.other_guilds_of(self._world, session.shard) if session.intents & events.GUILDS else ():
            session.dispatch("GUILD_CREATE", events.other_guild_create(self._world, guild))
        self._tell()
        return session

    def _reset_token(self) -> None:
        """Make the token worthless and end all sessions, as Discord does to a bot that logs in too often."""
        self.token = seed.bot_token(secrets.token_urlsafe(24))
        ended = [session.connection for session in self.sessions if session.connection]
        self._sessions.clear()
        for connection in ended:
            task = asyncio.create_task(connection.finish(4004, "Authentication failed."))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        self._tell()

    def _resume(self, connection: Connection, data: object) -> Session | None:
        asked = as_object(data)
        if asked.get("token") != self.token:
            raise CloseWith(4004, "Authentication failed.")
        session = self._sessions.get(str(asked.get("session_id")))
        seq = asked.get("seq")
        if not isinstance(seq, int) or (session and seq > session.seq):
            raise CloseWith(4007, "Invalid seq.")
        if session is None or not session.can_replay(seq):
            connection.send({"op": INVALID, "d": False, "s": None, "t": None})
            return None
        session.resume(connection, seq)
        self._tell()
        return session

    def _ended(self, connection: Connection) -> None:
        """Keep a session whose connection broke; drop one whose client closed it."""
        for session in self.sessions:
            if session.connection is connection:
                session.connection = None
                if connection.close_code in (1000, 1001):
                    del self._sessions[session.id]
        self._tell()

    def _of(self, guild_id: str | None) -> Iterable[Session]:
        for session in self.sessions:
            if events.shard_of(guild_id, session.shard[1]) == session.shard[0]:
                yield session

    def _message_changed(self, event: str, channel: Channel, stored: StoredMessage) -> None:
        if stored.viewer is not None or not self._world.bot_is_in(channel.guild_id):
            return
        for session in self._of(channel.guild_id):
            payload = events.message_event(self._world, channel, stored.message, session.intents)
            if payload and event == "message_delete":
                payload = {key: payload[key] for key in ("id", "channel_id", "guild_id") if key in payload}
            if payload:
                session.dispatch(event.upper(), payload)

    def _place_changed(self, event: str, channel: Channel) -> None:
        """Announce a thread that opens or closes to a bot that sees it."""
        if permissions(self._world, self._world.bot["id"], channel):
            self.dispatch(event.upper(), channel.payload(), channel.guild_id)

    def _tell(self) -> None:
        if self.online != self._was_online:
            self._was_online = self.online
            for listener in self.listeners:
                listener(self.online)

    async def stop(self) -> None:
        """Close all connections for good."""
        with contextlib.suppress(ConnectionError):
            await self.drop(1001, resumable=False)
