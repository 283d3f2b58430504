"""How far the bot may still go: rate limits as they stand."""

import re
import time
from typing import Any

from playground.discord_server import DiscordServer
from playground.discord_server.base.rate_limits import FOLLOW_UPS, Bucket
from playground.discord_server.state.channels import Channel
from playground.imaginepro import Simulator

Json = dict[str, Any]
_PARAMETER = re.compile(r"\{\w+\}")


def discord_limits(discord: DiscordServer) -> list[Json]:
    """The buckets in use, the global one first; `until` is when a bucket is full again, in seconds since the epoch."""
    buckets = discord.core.limits.in_use()
    return [_bucket(discord, *each) for each in sorted(buckets, key=lambda one: one[1].key != "global")]


def _bucket(discord: DiscordServer, place: str, bucket: Bucket) -> Json:
    left = bucket.resets_at - discord.clock.now()
    return {
        "route": "All routes together" if bucket.key == "global" else _PARAMETER.sub("…", bucket.key),
        "place": _place(discord, bucket.key, place),
        "remaining": bucket.remaining,
        "limit": bucket.limit.requests,
        "until": round(time.time() + left, 1),
    }


def _place(discord: DiscordServer, key: str, place: str) -> str:
    """Whom the bucket is for, without an interaction's token."""
    if key == FOLLOW_UPS:
        return "one interaction"
    channels: dict[str, Channel] = discord.world.channels
    names = [f"#{channels[each].name}" if each in channels else each for each in place.split(":") if each]
    return " ".join(names)


def api_limits(api: Simulator) -> Json | None:
    """When the next general request may go (None: now), and the progress reads left in this second."""
    remaining = api.remaining_requests
    if remaining is None:
        return None
    until = round(time.time() + remaining.general_in, 1) if remaining.general_in else None
    return {"until": until, "reads_left": remaining.reads_left, "reads": remaining.reads}
