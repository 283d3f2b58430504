"""What is sent to one panel: everything once, then what has changed."""

import time
from typing import Any

from playground.imaginepro import Status
from playground.stack import Stack

from . import trouble
from .api_requests import ApiRequests
from .discord_requests import DiscordRequests
from .limits import api_limits, discord_limits

Json = dict[str, Any]


class Feed:
    """Remembers what its panel knows."""

    def __init__(self, stack: Stack) -> None:
        self._open_stack = stack
        self._api = ApiRequests(stack.api)
        self._discord = DiscordRequests(stack.discord.request_log)
        self._lines = 0
        self._told: Json = {}

    def begin(self) -> Json:
        """Everything a panel needs to begin with; `now` is this machine's time, in seconds since the epoch."""
        return {"now": time.time(), "catalogue": trouble.catalogue(), **self.changes()}

    def changes(self) -> Json:
        """The parts that are not as they were when this was last called; requests and lines only the new ones."""
        state = overview(self._open_stack)
        changed = {name: value for name, value in state.items() if self._told.get(name, ...) != value}
        self._told = state
        log = self._open_stack.bot_log
        news: Json = {"api": self._api.news(), "discord": self._discord.news(), "log": log.after(self._lines)}
        self._lines = log.total
        return {**changed, **{name: value for name, value in news.items() if value}}


def overview(stack: Stack) -> Json:
    """How everything stands, in parts."""
    api, discord, bot = stack.api, stack.discord, stack.bot
    counts = api.jobs.counts()
    return {
        "bot": {
            "state": bot.state,
            "pid": bot.pid,
            "code": bot.code,
            "lives": bot.lives,
            "online": discord.core.gateway.online,
        },
        "speed": api.speed,
        "credits": {"left": api.credits, "quota": api.account.quota},
        "jobs": {
            "running": counts[Status.PROCESSING],
            "waiting": counts[Status.SUBMITTED] + counts[Status.QUEUED],
            "ended": counts[Status.DONE] + counts[Status.FAIL],
        },
        "api_trouble": trouble.api_trouble(api),
        "discord_trouble": trouble.discord_trouble(discord),
        "api_limits": api_limits(api),
        "discord_limits": discord_limits(discord),
    }
