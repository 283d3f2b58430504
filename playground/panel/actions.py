"""Doing what a panel asks for."""

from collections.abc import Awaitable, Callable
from typing import Any

from playground.discord_server.fault_api import SWITCHES
from playground.imaginepro.faults import CATALOGUE
from playground.stack import Stack

from . import api_requests, discord_requests
from .operations import (
    AnyOperation,
    BotOperation,
    Choose,
    Clear,
    Credits,
    Details,
    Fault,
    InvalidOperation,
    Reset,
    Speed,
)

Json = dict[str, Any]
PAUSE_SECONDS = 1.0
"""How long a bot that is killed to be started again stays away."""


async def perform(stack: Stack, asked: AnyOperation) -> Json:
    """Do it; gives what there is to say beyond that it is done. Raises `InvalidOperation`."""
    match asked:
        case Choose():
            _choose(stack, asked)
        case Fault():
            wished = asked.model_dump(exclude_none=True, include={"seconds", "times", "status", "route", "resumable"})
            await SWITCHES[asked.name](stack.discord.core, wished)
        case Clear():
            (stack.api.faults if asked.side == "api" else stack.discord.faults).clear()
        case Speed():
            stack.api.speed = asked.value
        case Credits():
            _fill(stack, asked)
        case BotOperation():
            await _bot(stack, asked)
        case Reset():
            stack.request_reset()
        case Details():
            return _details(stack, asked)
    return {}


def _choose(stack: Stack, asked: Choose) -> None:
    if asked.name not in CATALOGUE:
        raise InvalidOperation(f"There is no scenario called {asked.name}.")
    stack.api.faults.choose(asked.name, asked.times)


def _fill(stack: Stack, asked: Credits) -> None:
    account = stack.api.account
    account.refill()
    if asked.empty:
        account.credits = account.extra = 0
    account.extra += asked.add


async def _bot(stack: Stack, asked: BotOperation) -> None:
    wishes: dict[str, Callable[[], Awaitable[None]]] = {
        "restart": lambda: stack.bot.restart(PAUSE_SECONDS),
        "kill": stack.bot.kill,
        "start": stack.bot.start,
    }
    await wishes[asked.do]()


def _details(stack: Stack, asked: Details) -> Json:
    if asked.side == "api":
        found = api_requests.details(stack.api, asked.number)
    else:
        found = discord_requests.details(stack.discord.request_log, asked.number)
    if found is None:
        raise InvalidOperation("This request is no longer kept.")
    return {"side": asked.side, "number": asked.number, **found}
