"""Images that cost much to decode, from one member, while another one sends an ordinary image."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from benchmarks.figures import Part, Row, limited
from benchmarks.hostile_files import even_png, even_webp, scan_bomb, slow_bmp
from benchmarks.running import KEY, OURS, running
from benchmarks.usage import tree_memory
from benchmarks.waiting import until
from playground.discord_server import DiscordServer, Limits, Upload
from playground.imaginepro import Simulator

_IN_ONE_COMMAND = 3
_COMMANDS = 3
_HEAD_START = 0.5
_SAMPLE_SECONDS = 0.02
_TIMEOUT_SECONDS = 180.0
_MIB = 2**20

KINDS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "JPEGs of 8,000 scans": ("jpg", lambda number: scan_bomb(8000 + number)),
    "JPEGs of 99 scans": ("jpg", lambda number: scan_bomb(99 - number)),
    "WEBPs below 1 KB, 40 megapixels": ("webp", lambda number: even_webp(shade=number)),
    "PNGs of 40 megapixels": ("png", lambda number: even_png(shade=number)),
    "BMPs of 25 KB that decode in Python": ("bmp", lambda number: slow_bmp(shade=number)),
}


@dataclass
class Peak:
    """The most memory that was seen, in bytes."""

    size: int = 0


async def measure() -> Part:
    """The figures for nine files of each kind, sent in three commands at the same time."""
    rows: list[Row] = []
    for kind, (suffix, made) in KINDS.items():
        files = [await asyncio.to_thread(made, number) for number in range(_COMMANDS * _IN_ONE_COMMAND)]
        rows += await _while_in_work(kind, [Upload(f"{n}.{suffix}", data) for n, data in enumerate(files)])
    notes = ("The time is from another member's /describe to its request at the API. Memory: the bot and its workers.",)
    return Part(7, "nine images of one member that cost much to decode", ("this bot",), rows, notes)


async def _while_in_work(kind: str, files: list[Upload]) -> list[Row]:
    async with Simulator(key=KEY, side=256) as api, DiscordServer(limits=Limits.lifted()) as discord:
        with TemporaryDirectory() as folder:
            async with running(OURS, discord, api, Path(folder)) as bot:
                channel, mia, other = discord.world.channel("general"), discord.member("mia"), discord.member("max")
                async with _peak(bot.pid) as peak:
                    blends = [
                        asyncio.create_task(mia.slash(channel, "blend", **_options(files[first::_COMMANDS])))
                        for first in range(_COMMANDS)
                    ]
                    # The files are downloaded and in work by then.
                    await asyncio.sleep(_HEAD_START)
                    asked = asyncio.get_running_loop().time()
                    await other.slash(channel, "describe", image=Upload("fox.png", _ordinary()))
                    sent = await until(
                        lambda: any(job.kind == "describe" for job in api.jobs.values()), _TIMEOUT_SECONDS
                    )
                    took = asyncio.get_running_loop().time() - asked
                    for blend in blends:
                        outcome = await blend
                        await until(lambda outcome=outcome: bool(outcome.messages), _TIMEOUT_SECONDS)
    count = len(files)
    return [
        limited(f"{kind}: another's image sent, s", count, took if sent else None, most=5),
        limited(f"{kind}: memory, MiB", count, peak.size / _MIB, most=500),
    ]


def _options(files: list[Upload]) -> dict[str, Upload]:
    return {f"image{number}": file for number, file in enumerate(files, 1)}


def _ordinary() -> bytes:
    target = BytesIO()
    Image.effect_noise((1024, 1024), 60).convert("RGB").save(target, "PNG")
    return target.getvalue()


@asynccontextmanager
async def _peak(pid: int) -> AsyncGenerator[Peak]:
    """The most memory of the process and its children while the context is open."""
    peak = Peak()

    async def sample() -> None:
        while True:
            peak.size = max(peak.size, await asyncio.to_thread(tree_memory, pid))
            await asyncio.sleep(_SAMPLE_SECONDS)

    sampling = asyncio.create_task(sample())
    try:
        yield peak
    finally:
        sampling.cancel()
