"""What is made to go wrong at present, on both sides."""

import time
from typing import Any

from playground.discord_server import DiscordServer
from playground.discord_server.observe.faults import PlannedFault
from playground.imaginepro import Simulator
from playground.imaginepro.faults import GROUPS
from playground.imaginepro.jobs.fault import ChosenFault

Json = dict[str, Any]
POPULAR = {
    "queue-full": "Queue is full",
    "fails-at-60": "Job fails at 60 %",
    "prompt-refused": "Prompt refused",
    "down": "Down for a minute",
    "credits-used-up": "No credits left",
    "slow-answer": "Slow answer",
}
FAULTS: list[tuple[str, Json, str]] = [
    ("Slow answers", {"name": "slow", "seconds": 2}, "Every answer of Discord comes 2 seconds late, until cleared."),
    ("Rate limit once", {"name": "rate-limit", "times": 1, "seconds": 2}, "The next request gets 429 and waits 2 s."),
    ("Error 503 once", {"name": "refuse", "times": 1, "status": 503}, "The next request is answered 503."),
    ("Drop the gateway", {"name": "drop-gateway"}, "The connection broke; its session can be resumed."),
    ("Drop it for good", {"name": "drop-gateway", "resumable": False}, "The connection broke, its session is lost."),
    ("Ask to reconnect", {"name": "reconnect"}, "The bot was asked to reconnect, as before the restart of a node."),
    ("Gateway away", {"name": "gateway-away"}, "The connection broke and none is accepted, until cleared."),
    ("Expire tokens", {"name": "expire-tokens"}, "All interactions so far are older than 15 minutes now."),
]


def catalogue() -> Json:
    """All that can be made to go wrong: of the API the scenarios in groups and the popular ones, of Discord the faults.

    A fault's `asks` is the operation that brings it about, `note` what to say when it is done.
    """
    groups = [
        {"group": group, "scenarios": [{"name": each.name, "sentence": each.sentence} for each in faults]}
        for group, faults in GROUPS.items()
    ]
    popular = [{"name": name, "words": words} for name, words in POPULAR.items()]
    faults = [{"words": words, "asks": asks, "note": note} for words, asks, note in FAULTS]
    return {"groups": groups, "popular": popular, "faults": faults}


def api_trouble(api: Simulator) -> list[Json]:
    """The scenarios that are on; `times` null is until cleared, `until` is when it ends by itself."""
    on = [_chosen(each) for each in api.faults.current]
    emptied = {"name": "credits-used-up", "times": None, "until": _epoch(api.account.empty_until)}
    return [*on, emptied] if api.account.emptied else on


def _chosen(chosen: ChosenFault) -> Json:
    return {"name": chosen.fault.name, "times": chosen.times, "until": _epoch(chosen.until)}


def _epoch(moment: float | None) -> float | None:
    """A time of the monotonic clock as seconds since the epoch; None for never."""
    if moment is None or moment == float("inf"):
        return None
    return round(time.time() + moment - time.monotonic(), 1)


def discord_trouble(discord: DiscordServer) -> list[Json]:
    """The faults that are on, each in words."""
    faults = discord.faults
    slow = [{"name": "slow", "words": f"Every answer comes {faults.delay:g} s late"}] if faults.delay else []
    away = [{"name": "gateway-away", "words": "The gateway is away"}] if faults.gateway_held else []
    banned = [{"name": "ban", "words": "The bot's address is blocked"}] if faults.banned else []
    return [*slow, *away, *banned, *map(_planned, faults.planned)]


def _planned(planned: PlannedFault) -> Json:
    on = f" on {planned.route}" if planned.route else ""
    which = f"The next request{on} is" if planned.times == 1 else f"The next {planned.times} requests{on} are"
    if planned.error is not None:
        return {"name": "refuse", "words": f"{which} answered {planned.error.status}"}
    return {"name": "rate-limit", "words": f"{which} answered 429, to be repeated after {planned.retry_after:g} s"}
