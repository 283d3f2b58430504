"""The answer to one interaction: deferred in time, shown in the place of the deferral, repeated when unconfirmed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

import aiohttp
import discord
from discord import ui
from discord.utils import MISSING

from bot.client.answers.deferral import Deferral
from bot.client.answers.unconfirmed import ConfirmingSession, Unconfirmed
from bot.client.requests import codes

T = TypeVar("T")
Kind = discord.InteractionResponseType
Answered = discord.InteractionCallbackResponse[Any]

log = logging.getLogger(__name__)

_REPEATS = (0.2, 0.4, 0.8)
"""Seconds before an unconfirmed answer is sent again. Discord waits three seconds for the first."""


@runtime_checkable
class FormOpenedLater(Protocol):
    """A form that can also be opened by a button: after a deferral Discord takes no form as the answer."""

    def opener(self) -> ui.LayoutView:
        """A view with the button that opens the form."""
        ...


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer that may have been given; `deferral` says how it looks if it is one."""

    kind: Kind
    deferral: Deferral | None = None


class _DeferredBefore(Exception):
    """An earlier deferral had its effect, although its confirmation was lost."""


class TimelyResponse(discord.InteractionResponse[Any]):
    """`interaction.response`, which defers the interaction by itself when it stays unanswered for `seconds`.

    Handlers answer as if nothing was deferred: `send_message`, `edit_message` and `send_modal` show their content in
    place of the deferral, private or public as they ask for, also when the deferral is not. Each raises
    `discord.InteractionResponded` for a second answer. An answer whose confirmation is lost is sent again, and counts
    as given when Discord then refuses the second one, or has a message for it; otherwise `Unconfirmed` is raised.
    """

    def __init__(self, interaction: discord.Interaction[Any], deferral: Deferral | None, seconds: float) -> None:
        super().__init__(interaction)
        self._lock = asyncio.Lock()
        self._placeholder: Deferral | None = None
        self._unconfirmed: _Given | None = None
        self._deferring: asyncio.Task[None] | None = None
        if deferral is not None:
            asyncio.get_running_loop().call_later(seconds, self._out_of_time, deferral)

    @classmethod
    def of(cls, interaction: discord.Interaction[Any], deferral: Deferral | None, seconds: float) -> None:
        """Give the interaction this response; called before its handler runs. None never defers by itself."""
        # discord.py makes the response when it is first asked for, and has no setting for its class.
        interaction._session = cast("Any", ConfirmingSession(interaction._session))  # noqa: SLF001
        interaction._cs_response = cls(interaction, deferral, seconds)  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]

    def _out_of_time(self, deferral: Deferral) -> None:
        if self._response_type is None:
            self._deferring = asyncio.create_task(self._defer_in_time(deferral))

    async def _defer_in_time(self, deferral: Deferral) -> None:
        async with self._lock:
            if self._response_type is not None or self._unconfirmed is not None:
                # The handler sees to an answer that may have been given.
                return
            try:
                await self._defer(deferral)
            except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
                # RuntimeError: the session is closed. The handler's own answer fails in the same way and is reported.
                log.info("an interaction could not be deferred: %r", error, extra={"interaction": self._parent.id})

    async def defer(self, *, ephemeral: bool = False, thinking: bool = False) -> Answered | None:
        """Defer the interaction, unless it is deferred already."""
        deferral = (Deferral.PRIVATE if ephemeral else Deferral.PUBLIC) if thinking else Deferral.UPDATE
        async with self._lock:
            return None if self._placeholder is not None else await self._defer(deferral)

    async def _defer(self, deferral: Deferral) -> Answered | None:
        thinking = deferral is not Deferral.UPDATE
        kind = Kind.deferred_channel_message if thinking else Kind.deferred_message_update
        send = partial(super().defer, ephemeral=deferral is Deferral.PRIVATE, thinking=thinking)
        with suppress(_DeferredBefore):
            await self._first(_Given(kind, deferral), send)
            self._placeholder = deferral
        return None

    async def send_message(  # type: ignore[override]
        self,
        content: str | None = None,
        *,
        view: ui.View | ui.LayoutView = MISSING,
        files: Sequence[discord.File] = MISSING,
        ephemeral: bool = False,
    ) -> Answered:
        """Answer with a message."""
        shown: dict[str, Any] = {"content": content, "view": view, "files": files or MISSING}
        async with self._lock:
            return await self._message(shown, ephemeral=ephemeral)

    async def _message(self, shown: dict[str, Any], *, ephemeral: bool) -> Answered:
        if self._placeholder is None:
            send = partial(super().send_message, **shown, ephemeral=ephemeral)
            with suppress(_DeferredBefore):
                return await self._first(_Given(Kind.channel_message), send) or await self._found()
        given = {name: value for name, value in shown.items() if value is not MISSING and value is not None}
        return self._answered(await self._in_place(given, ephemeral=ephemeral))

    async def _in_place(self, shown: dict[str, Any], *, ephemeral: bool) -> discord.Message:
        if self._placeholder is (Deferral.PRIVATE if ephemeral else Deferral.PUBLIC):
            files = {"attachments": shown.pop("files")} if "files" in shown else {}
            edit = partial(self._parent.edit_original_response, allowed_mentions=discord.AllowedMentions.none())
            message: discord.Message = await _repeated(partial(edit, **shown, **files), once=bool(files))
        else:
            await self._remove_placeholder()
            send = partial(self._parent.followup.send, ephemeral=ephemeral, wait=True)
            message = await _repeated(partial(send, **shown), once="files" in shown)
        self._placeholder = None
        return message

    async def _remove_placeholder(self) -> None:
        """Delete "thinking": the first message would take its place, and be public or private as that is."""
        if self._placeholder is not Deferral.UPDATE:
            with suppress(discord.NotFound):
                await _repeated(self._parent.delete_original_response)
            # From here on follow-ups have their own flags.
            self._placeholder = Deferral.UPDATE

    async def edit_message(self, **changes: Any) -> Answered | None:
        """Answer by editing the message whose button was pressed."""
        async with self._lock:
            if self._placeholder is None:
                with suppress(_DeferredBefore):
                    return await self._first(_Given(Kind.message_update), partial(super().edit_message, **changes))
            if self._placeholder is Deferral.UPDATE:
                await _repeated(partial(self._parent.edit_original_response, **changes))
            elif self._parent.message is not None:
                # The token now means "thinking", another message.
                await self._parent.message.edit(**changes)
                await self._remove_placeholder()
            self._placeholder = None
            return None

    async def send_modal(self, modal: ui.Modal, /) -> Answered:
        """Answer with a form, or after a deferral with a button that opens it."""
        async with self._lock:
            if self._placeholder is None:
                with suppress(_DeferredBefore):
                    sent = await self._first(_Given(Kind.modal), partial(super().send_modal, modal))
                    return sent or self._answered(None)
            if not isinstance(modal, FormOpenedLater):
                raise discord.InteractionResponded(self._parent)
            return await self._message({"view": modal.opener()}, ephemeral=True)

    async def autocomplete(self, choices: Sequence[discord.app_commands.Choice[Any]]) -> None:
        """Answer with suggestions; those that come too late are of no use, and no error."""
        try:
            await self._first(_Given(Kind.autocomplete_result), partial(super().autocomplete, choices))
        except discord.NotFound as error:
            if error.code != codes.UNKNOWN_INTERACTION:
                raise
            log.info("suggestions came too late", extra={"interaction": self._parent.id})

    async def _first(self, answer: _Given, send: Callable[[], Awaitable[T]]) -> T | None:
        """What Discord says to the first answer; None if it was given although its confirmation was lost."""
        earlier = self._unconfirmed
        for pause in (*_REPEATS, None):
            try:
                return await send()
            except discord.HTTPException as error:
                # Without an answer of its own before, another process with this token has answered.
                if error.code != codes.ALREADY_ANSWERED or self._unconfirmed is None:
                    raise
                break
            except Unconfirmed:
                self._unconfirmed = earlier or answer
                if pause is None and (answer.kind is Kind.autocomplete_result or not await self._is_there()):
                    raise
                await asyncio.sleep(pause or 0)
        self._recall(earlier, answer)
        return None

    def _recall(self, earlier: _Given | None, answer: _Given) -> None:
        """Note that this answer was given. Raises if that may be an earlier one, whose confirmation was lost as well.

        Then it does no harm to go on as after the earlier one, if Discord has taken this one after all.
        """
        log.info("an answer was given, though its confirmation was lost", extra={"interaction": self._parent.id})
        self._response_type = (earlier or answer).kind
        if earlier is not None:
            if earlier.deferral is None:
                raise discord.InteractionResponded(self._parent)
            self._placeholder = earlier.deferral
            raise _DeferredBefore

    async def _is_there(self) -> bool:
        """Whether Discord has a message for the interaction, which it has only for one that was answered."""
        try:
            await self._parent.original_response()
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            return False
        return True

    async def _found(self) -> Answered:
        """The message that Discord made of the answer whose confirmation was lost."""
        try:
            return self._answered(await self._parent.original_response())
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise Unconfirmed("the answer was given, but can't be found") from error

    def _answered(self, message: discord.Message | None) -> Answered:
        about: dict[str, Any] = {"id": str(self._parent.id), "type": self._parent.type.value}
        if message is not None:
            about["response_message_id"] = str(message.id)
        return discord.InteractionCallbackResponse(
            data=cast("Any", {"interaction": about}),
            parent=self._parent,
            state=self._parent._state,  # noqa: SLF001
            type=self._response_type or Kind.channel_message,
        )


async def _repeated(request: Callable[[], Awaitable[T]], *, once: bool = False) -> T:
    """What the request returns, sent again after a broken connection: discord.py repeats only what was answered.

    A request with files can be sent `once`, as that uses them up. Raises `Unconfirmed` when Discord says nothing.
    """
    for pause in (*_REPEATS, None):
        try:
            return await request()
        except (discord.DiscordServerError, aiohttp.ClientError, OSError) as error:
            if pause is None or once or isinstance(error, discord.DiscordServerError):
                raise Unconfirmed(f"no answer from Discord: {error!r}") from error
            await asyncio.sleep(pause)
    raise AssertionError
