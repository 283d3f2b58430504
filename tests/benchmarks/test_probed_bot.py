"""The bot with a probe in it."""

from pathlib import Path

import pytest

from benchmarks import probed_bot
from benchmarks.probe import Probe
from bot import __main__ as command_line
from bot.client.bot import Bot
from bot.imaginepro import RateLimiter
from bot.imaginepro.http.rate_limit import LimitClass
from bot.services.tracker import Tracker


async def test_every_part_that_the_probe_replaces_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renamed method of the bot fails here and not in the middle of a long measurement; the pace is lifted."""
    replaced = ((command_line, "run"), (Tracker, "__init__"), (Tracker, "reads_per_second"), (Tracker, "follow"))
    for owner, name in (*replaced, (RateLimiter, "acquire"), (Bot, "on_ready")):
        # Puts the original back at the end.
        monkeypatch.setattr(owner, name, vars(owner)[name])
    originals = [vars(owner)[name] for owner, name in replaced]
    probed_bot.install(Probe(tmp_path / "figures.json"), 500.0)
    assert all(vars(owner)[name] is not original for (owner, name), original in zip(replaced, originals, strict=True))
    limiter = RateLimiter(general_seconds=3600)
    for _ in range(3):
        await limiter.acquire(LimitClass.GENERAL)
