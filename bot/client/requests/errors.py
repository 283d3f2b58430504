"""What an error of Discord means: in one line, without the page of HTML that a proxy may have sent with it."""

import asyncio
import re
from collections.abc import Mapping

import aiohttp
import discord
from discord.gateway import ReconnectWebSocket

_BLOCKED_CODE = 40333
"""Discord's error code for a request that its network protection blocks."""

_PAGE = re.compile(r"\s*<")
_LONGEST = 300
_BLOCKED = "its network protection refuses this machine's address for now"


class UnreadableAnswer(Exception):
    """Discord's address answers, but not as Discord does."""

    def __init__(self) -> None:
        super().__init__("what answers at its address is not Discord")


def describe(error: BaseException) -> str:
    """The error in one line: a status and Discord's own words, or how the connection failed."""
    match _cause(error):
        case discord.HTTPException() as answer:
            return f"{answer.status}: {_words(answer)}"
        case discord.ConnectionClosed() as closed:
            return f"the connection was closed with {closed.code}"
        case ReconnectWebSocket():
            return "the gateway closed the connection"
        case aiohttp.WSServerHandshakeError() as refused:
            return f"the gateway answers {refused.status}"
        case asyncio.TimeoutError():
            return "no answer in time"
        case other:
            return _line(str(other)) or type(other).__name__


def is_away(error: BaseException) -> bool:
    """Whether Discord, or what stands before it, can't answer for now, rather than refuses."""
    cause = _cause(error)
    if isinstance(cause, discord.HTTPException):
        blocked = cause.status == 403 and (_is_page(cause) or cause.code == _BLOCKED_CODE)
        return cause.status >= 500 or cause.status == 429 or blocked
    return isinstance(
        cause, (aiohttp.ClientError, OSError, asyncio.TimeoutError, discord.GatewayNotFound, UnreadableAnswer)
    )


def asked_pause(error: BaseException) -> float | None:
    """The seconds that the answer asks to wait, None if it says nothing about them."""
    text = _headers(_cause(error)).get("Retry-After", "")
    return float(text) if re.fullmatch(r"\d{1,7}(\.\d+)?", text) else None


def _cause(error: BaseException) -> BaseException:
    """The library hides what happened behind an error without details."""
    return error.__cause__ if isinstance(error, discord.GatewayNotFound) and error.__cause__ else error


def _headers(error: BaseException) -> Mapping[str, str]:
    if isinstance(error, discord.HTTPException):
        return error.response.headers
    return (error.headers or {}) if isinstance(error, aiohttp.WSServerHandshakeError) else {}


def _words(answer: discord.HTTPException) -> str:
    if _is_page(answer):
        return _BLOCKED if answer.status in (403, 429) else "a web page in place of an answer"
    return _line(answer.text) or answer.response.reason or "no reason given"


def _is_page(answer: discord.HTTPException) -> bool:
    return _PAGE.match(answer.text) is not None


def _line(text: str) -> str:
    line = "; ".join(filter(None, map(str.strip, text.splitlines()))).rstrip(" .")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
