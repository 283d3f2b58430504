"""Images are decoded by worker processes, which are limited, replaced, and end with the bot."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop

from benchmarks.hostile_files import even_png, slow_bmp
from bot.services.images.decoding.inputs import prepare
from bot.services.images.decoding.masks import checked_mask, grid_mask
from bot.services.images.decoding.results import fit_for_upload
from bot.services.images.formats import ImageError
from bot.services.images.inputs import IMAGE_PROMPT, WHOLE_PICTURE, ImageUse
from bot.services.images.masks import MaskError
from bot.services.images.workers import ImageWorkers
from bot.services.images.workers.image_workers import MOST_OF_MEMBER
from bot.timings import Timings
from tests.bot.services.sample_images import picture

PROJECT = Path(__file__).parents[5]
MIA, MAX = 1, 2
SMALL = picture()
LARGE = even_png(2400)
"""Waits for memory before it is converted for `SHRUNK`."""
SHRUNK = ImageUse(max_bytes=1_000_000, max_pixels=1_000_000)


@pytest.fixture
async def workers() -> AsyncIterator[ImageWorkers]:
    """Workers with ordinary limits; none is left afterwards."""
    async with ImageWorkers() as pool:
        yield pool
    assert pool.pids == ()


async def all_memory(stack: AsyncExitStack, pool: ImageWorkers) -> None:
    """Take all memory, so that large images wait in their workers until the stack is closed."""
    await stack.enter_async_context(pool.memory.share(2**60))


async def until_busy(pool: ImageWorkers, count: int) -> None:
    """Wait until this many images wait in a worker for memory."""
    async with asyncio.timeout(60):
        while pool.memory.waiting < count:  # noqa: ASYNC110  # a worker's question is no event of the test's
            await asyncio.sleep(0.005)


async def until_gone(pid: int) -> None:
    """Wait until the process has ended."""
    async with asyncio.timeout(60):
        while _runs(pid):  # noqa: ASYNC110  # it is no child of the test
            await asyncio.sleep(0.005)


def _runs(pid: int) -> bool:
    try:
        # A container may have no process that buries orphans.
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _environment(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")


async def test_workers_do_what_the_functions_say(workers: ImageWorkers) -> None:
    """Everything that passes through a worker comes out as it would without one."""
    assert await workers.prepare(SMALL, "fox.png", IMAGE_PROMPT, member=MIA) == prepare(SMALL, "fox.png", IMAGE_PROMPT)
    large, use = picture("TIFF", size=(900, 600)), replace(WHOLE_PICTURE, max_bytes=90_000)
    assert await workers.prepare(large, "fox", use, member=MIA) == prepare(large, "fox", use)
    assert await workers.fit(SMALL, 10**6) == fit_for_upload(SMALL, 10**6)
    result = picture(size=(500, 400))
    assert await workers.fit(result, 9000) == fit_for_upload(result, 9000)
    mask = grid_mask([0, 4], 90, 60)
    assert await workers.grid_mask({4, 0}, 90, 60, member=MIA) == mask
    assert await workers.check_mask(mask, 90, 60, member=MIA) == checked_mask(mask, 90, 60)


async def test_refusals_are_those_of_the_functions(workers: ImageWorkers) -> None:
    """A worker that refuses an image says why, and goes on with the next."""
    with pytest.raises(ImageError, match="`fox` is not a picture"):
        await workers.prepare(b"words", "fox", IMAGE_PROMPT, member=MIA)
    with pytest.raises(ImageError, match="can't be read"):
        await workers.fit(b"words", 10**6)
    with pytest.raises(MaskError, match="not a PNG or WebP"):
        await workers.check_mask(b"words", 90, 60, member=MIA)
    [member_worker, _] = pids = workers.pids
    assert (await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)).width == 64
    assert set(workers.pids) == set(pids)
    assert member_worker in workers.pids


async def test_none_is_started_before_the_first_image(workers: ImageWorkers) -> None:
    """A start of the bot starts no worker, and one image starts one."""
    assert workers.pids == ()
    await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
    assert len(workers.pids) == 1


async def test_idle_workers_end() -> None:
    """A worker without work ends after a while."""
    async with ImageWorkers(Timings(image_worker_idle=0.0)) as pool:
        await pool.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
        async with asyncio.timeout(60):
            while pool.pids:  # noqa: ASYNC110  # the end of a process is no event of the test's
                await asyncio.sleep(0.005)
        await pool.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no processor time")
async def test_processor_time_is_limited() -> None:
    """A worker that computes for too long is ended and replaced; the member reads what to do."""
    async with ImageWorkers(Timings(image_cpu_seconds=0)) as pool:
        with pytest.raises(ImageError, match="takes too long to read"):
            await pool.prepare(slow_bmp(), "fox.bmp", IMAGE_PROMPT, member=MIA)
        assert (await pool.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)).width == 64


async def test_time_is_limited() -> None:
    """A worker that does not answer in time is ended, for inputs, results and masks."""
    async with ImageWorkers(Timings(image_seconds=0.0)) as pool:
        with pytest.raises(ImageError, match="takes too long to read"):
            await pool.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
        with pytest.raises(ImageError, match="Open the original"):
            await pool.fit(SMALL, 10**6)
        with pytest.raises(MaskError, match="can't be read"):
            await pool.check_mask(SMALL, 9, 9, member=MIA)


async def test_waiting_for_memory_takes_no_time() -> None:
    """The time limit does not count while an image waits for others to free memory."""
    async with ImageWorkers(Timings(image_seconds=5.0)) as pool, AsyncExitStack() as memory:
        await all_memory(memory, pool)
        waiting = asyncio.create_task(pool.prepare(LARGE, "fox", SHRUNK, member=MIA))
        await until_busy(pool, 1)
        await memory.aclose()
        assert (await waiting).data is not None


async def test_a_worker_that_was_killed_is_replaced(workers: ImageWorkers) -> None:
    """A worker that dies over an image costs that image; one that dies in between costs none."""
    async with AsyncExitStack() as memory:
        await all_memory(memory, workers)
        waiting = asyncio.create_task(workers.prepare(LARGE, "fox", SHRUNK, member=MIA))
        await until_busy(workers, 1)
        [pid] = workers.pids
        os.kill(pid, signal.SIGKILL)
        await until_gone(pid)
    with pytest.raises(ImageError, match="`fox` can't be read"):
        await waiting
    await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
    [idle] = workers.pids
    assert idle != pid
    os.kill(idle, signal.SIGKILL)
    await until_gone(idle)
    await asyncio.sleep(0.05)
    await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)


async def test_an_error_inside_a_worker(workers: ImageWorkers, caplog: pytest.LogCaptureFixture) -> None:
    """A mistake in a worker's code is logged, and the worker is replaced."""
    with pytest.raises(MaskError, match="can't be read"):
        await workers.grid_mask([1], -5, 60, member=MIA)
    assert "an image worker failed: ValueError" in caplog.text
    await workers.grid_mask([1], 5, 60, member=MIA)


async def test_a_result_is_tried_twice(workers: ImageWorkers) -> None:
    """A result is worth a second worker when the first one was killed over it."""
    result = picture(size=(2000, 2000))
    async with AsyncExitStack() as memory:
        await all_memory(memory, workers)
        waiting = asyncio.create_task(workers.fit(result, len(result) - 1))
        await until_busy(workers, 1)
        [pid] = workers.pids
        os.kill(pid, signal.SIGKILL)
        await until_gone(pid)
    assert len((await waiting).data) < len(result)


async def test_images_of_one_member_do_not_hold_up_others(workers: ImageWorkers) -> None:
    """While one member's images fill a worker and wait, those of others and results go on."""
    async with AsyncExitStack() as memory:
        await all_memory(memory, workers)
        mine = [asyncio.create_task(workers.prepare(LARGE, "fox", SHRUNK, member=MIA)) for _ in range(9)]
        await until_busy(workers, 1)
        await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MAX)
        await workers.grid_mask([1], 90, 60, member=MAX)
        await workers.fit(SMALL, 10**6)
        assert not any(task.done() for task in mine)
        assert workers.memory.waiting == 1
    assert all(made.data for made in await asyncio.gather(*mine))


async def test_results_do_not_wait_for_images_of_members(workers: ImageWorkers) -> None:
    """Results go on while all workers for images of members are in use."""
    async with AsyncExitStack() as memory:
        await all_memory(memory, workers)
        theirs = [asyncio.create_task(workers.prepare(LARGE, "fox", SHRUNK, member=each)) for each in range(5)]
        await until_busy(workers, 2)
        await workers.fit(SMALL, 10**6)
        assert workers.memory.waiting == 2
    await asyncio.gather(*theirs)


async def test_a_cancelled_image_frees_its_worker(workers: ImageWorkers) -> None:
    """A command that was cancelled ends the work on its image."""
    async with AsyncExitStack() as memory:
        await all_memory(memory, workers)
        waiting = asyncio.create_task(workers.prepare(LARGE, "fox", SHRUNK, member=MIA))
        await until_busy(workers, 1)
        [pid] = workers.pids
        waiting.cancel()
        await asyncio.wait([waiting])
        await until_gone(pid)
    assert (await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)).width == 64


async def test_a_member_has_so_many_images_at_once(workers: ImageWorkers) -> None:
    """More images of one member than two commands have are refused until some are done; those of others are not."""
    with workers.images_of(MIA, MOST_OF_MEMBER - 1):
        with workers.images_of(MIA, 1), pytest.raises(ImageError, match="12 images in work at the same time"):
            await workers.check_mask(SMALL, 9, 9, member=MIA)
        with workers.images_of(MAX, MOST_OF_MEMBER), pytest.raises(ImageError), workers.images_of(MIA, 2):
            pass
    with workers.images_of(MIA, MOST_OF_MEMBER):
        pass


async def test_closed_workers_take_nothing() -> None:
    """After the bot has stopped no worker is started."""
    async with ImageWorkers() as pool:
        pass
    with pytest.raises(ImageError):
        await pool.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
    assert pool.pids == ()


def test_workers_run_on_the_loop_of_the_bot() -> None:
    """The same on uvloop: an answer, a worker that is ended over its image, and an end without leftovers."""

    async def run() -> tuple[int, ...]:
        async with ImageWorkers() as pool:
            await pool.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
            async with AsyncExitStack() as memory:
                await all_memory(memory, pool)
                waiting = asyncio.create_task(pool.prepare(LARGE, "fox", SHRUNK, member=MIA))
                await until_busy(pool, 1)
                waiting.cancel()
                await asyncio.wait([waiting])
            made = await pool.prepare(LARGE, "fox", SHRUNK, member=MIA)
            assert made.data is not None
            return pool.pids

    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        assert not any(map(_runs, runner.run(run())))


_BOT = """
import asyncio, sys
from bot.services.images.inputs import IMAGE_PROMPT, ImageUse
from bot.services.images.workers import ImageWorkers
from benchmarks.hostile_files import slow_bmp
from tests.bot.services.sample_images import picture

async def main():
    async with ImageWorkers() as pool:
        await pool.prepare(picture(), "fox", IMAGE_PROMPT, member=1)
        if "busy" in sys.argv:
            asyncio.get_running_loop().call_later(0.3, lambda: print(*pool.pids, flush=True))
            await pool.prepare(slow_bmp(), "fox", IMAGE_PROMPT, member=1)
        print(*pool.pids, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.process
@pytest.mark.parametrize("busy", [(), ("busy",)], ids=["idle", "busy"])
async def test_workers_end_with_a_bot_that_was_killed(busy: tuple[str, ...]) -> None:
    """SIGKILL of the bot leaves no worker behind, not even one in the middle of an image."""
    command = (sys.executable, "-c", _BOT, *busy)
    bot = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdout=asyncio.subprocess.PIPE)
    assert bot.stdout is not None
    async with asyncio.timeout(60):
        pids = [int(each) for each in (await bot.stdout.readline()).split()]
        bot.kill()
        await bot.wait()
    assert pids
    for pid in pids:
        await until_gone(pid)


@pytest.mark.process
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
async def test_signals_to_the_group_leave_workers_to_the_bot(workers: ImageWorkers, name: str) -> None:
    """Ctrl+C and a service manager reach the workers too; a bot that is stopping still needs them."""
    await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
    [pid] = workers.pids
    os.kill(pid, getattr(signal, name))
    await workers.prepare(SMALL, "fox", IMAGE_PROMPT, member=MIA)
    assert workers.pids == (pid,)


def _modules(statement: str) -> set[str]:
    """The packages that are imported after this statement."""
    program = f"import sys; {statement}; print(*{{each.partition('.')[0] for each in sys.modules}})"
    found = subprocess.run((sys.executable, "-c", program), cwd=PROJECT, check=True, capture_output=True, text=True)
    return set(found.stdout.split())


def test_a_worker_is_not_the_whole_bot() -> None:
    """A worker imports nothing that makes it large."""
    large = {"aiohttp", "asyncio", "dbos", "discord", "pydantic", "sqlalchemy", "structlog", "uvloop"}
    assert _modules("import bot.services.images.decoding.__main__") & large == set()


def test_the_bot_itself_does_not_decode() -> None:
    """Nothing in the bot's own process can decode an image: it does not know how."""
    assert "PIL" not in _modules(
        "import bot.__main__; from bot.client.bot import cog_names; [*map(__import__, cog_names())]"
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such limit")
def test_memory_is_limited_by_the_system() -> None:
    """A worker gets the memory of its task and some slack, and not more, whatever a decoder asks for."""
    program = (
        "from bot.services.images.decoding.limits import set_limits; import sys\n"
        "set_limits(cpu_seconds=5, memory=2**20 * 10)\n"
        "bytes(2**20 * 50)\n"
        "try:\n    bytes(2**20 * 200)\nexcept MemoryError:\n    sys.exit(7)\n"
    )
    assert subprocess.run((sys.executable, "-c", program), cwd=PROJECT, check=False).returncode == 7


@pytest.mark.skipif(sys.platform != "linux", reason="/proc shows the environment of a process on Linux")
async def test_a_worker_gets_no_secrets(workers: ImageWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the bot's environment it gets what Python needs, and not what is in the bot's settings."""
    for name in ("DISCORD_TOKEN", "IMAGINEPRO_API_KEY", "DATABASE_URL", "PROXY_URL"):
        monkeypatch.setenv(name, "a-secret-of-the-bot")
    await workers.lacking_formats()
    [pid] = workers.pids
    given = _environment(pid)
    assert "PATH=" in given
    assert "a-secret-of-the-bot" not in given
