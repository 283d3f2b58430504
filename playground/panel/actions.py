"""Doing what a panel asks for."""

from collections.abc import Awaitable, Callable
from typing import Any

from playground.discord_server.fault_api import SWITCHES
from playground.imaginepro.faults import CATALOGUE
from playground.stack import Ensemble

from . import api_requests, discord_requests
from .operations import AnyOperation, BotWish, Choose, Clear, Credits, Details, Fault, Misunderstood, Reset, Speed

Json = dict[str, Any]
PAUSE_SECONDS = 1.0
"""How long a bot that is killed to be started again stays away."""


async def perform(ensemble: Ensemble, asked: AnyOperation) -> Json:
    """Do it; gives what there is to say beyond that it is done. Raises `Misunderstood`."""
    match asked:
        case Choose():
            _choose(ensemble, asked)
        case Fault():
            wished = asked.model_dump(exclude_none=True, include={"seconds", "times", "status", "route", "resumable"})
            await SWITCHES[asked.name](ensemble.discord.core, wished)
        case Clear():
            (ensemble.api.faults if asked.side == "api" else ensemble.discord.faults).clear()
        case Speed():
            ensemble.api.speed = asked.value
        case Credits():
            _fill(ensemble, asked)
        case BotWish():
            await _bot(ensemble, asked)
        case Reset():
            ensemble.begin_anew()
        case Details():
            return _details(ensemble, asked)
    return {}


def _choose(ensemble: Ensemble, asked: Choose) -> None:
    if asked.name not in CATALOGUE:
        raise Misunderstood(f"There is no scenario called {asked.name}.")
    ensemble.api.faults.choose(asked.name, asked.times)


def _fill(ensemble: Ensemble, asked: Credits) -> None:
    account = ensemble.api.account
    account.refill()
    if asked.empty:
        account.credits = account.extra = 0
    account.extra += asked.add


async def _bot(ensemble: Ensemble, asked: BotWish) -> None:
    wishes: dict[str, Callable[[], Awaitable[None]]] = {
        "restart": lambda: ensemble.bot.restart(PAUSE_SECONDS),
        "kill": ensemble.bot.kill,
        "start": ensemble.bot.start,
    }
    await wishes[asked.do]()


def _details(ensemble: Ensemble, asked: Details) -> Json:
    if asked.side == "api":
        found = api_requests.details(ensemble.api, asked.number)
    else:
        found = discord_requests.details(ensemble.discord.journal, asked.number)
    if found is None:
        raise Misunderstood("This request is no longer kept.")
    return {"side": asked.side, "number": asked.number, **found}
