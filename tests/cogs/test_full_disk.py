"""The disk fills up while the bot works. Needs the right to mount a small file system."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.imaginepro import ImagineProClient
from playground.discord_server import media
from tests.support.stage import Stage, ended, percent_of


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this user can't mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607  # found as the shell finds it


class Filler:
    """Fills a disk, and frees it again."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "filler"

    def fill(self) -> None:
        with self._file.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                return

    def free(self) -> None:
        self._file.unlink()


def space_lines(stage: Stage) -> list[str]:
    """The level and first words of the lines about space."""
    return [line.partition(" (")[0] for line in stage.log.lines if " space " in line]


LINES = [
    "WARNING bot.store.db.outage: The database's disk has no space left",
    "INFO bot.store.db.outage: The database's disk has space again.",
]


async def test_full_while_a_job_runs(small_disk: Path) -> None:
    """The job waits, and ends without a restart once there is space; the log has one line for the whole time."""
    async with Stage(small_disk) as stage:
        filler = Filler(small_disk)
        stage.hold(46)
        outcome = await stage.imagine("a fox on a small disk")
        await outcome.wait_for(percent_of)
        filler.fill()
        stage.release()
        await stage.wait_until(lambda: bool(space_lines(stage)))
        filler.free()
        assert media(await outcome.wait_for(ended))
        await stage.all_delivered()
        assert len(stage.submissions("small disk")) == 1
        assert space_lines(stage) == LINES


async def test_full_at_the_moment_of_the_answer(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API's id is recorded as soon as there is space, so that the job is paid for once and shown."""
    filler, real = Filler(small_disk), ImagineProClient.imagine

    async def imagine(*arguments: object, **options: object) -> object:
        accepted = await real(*arguments, **options)  # type: ignore[arg-type]
        filler.fill()
        return accepted

    async with Stage(small_disk) as stage:
        with monkeypatch.context() as patched:
            patched.setattr(ImagineProClient, "imagine", imagine)
            outcome = await stage.imagine("a fox without a line")
            await stage.wait_until(lambda: bool(space_lines(stage)))
        filler.free()
        assert media(await outcome.wait_for(ended))
        await stage.all_delivered()
        assert len(stage.submissions("without a line")) == 1
