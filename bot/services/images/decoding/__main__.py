"""A worker process: takes tasks from its standard input, one at a time, until the bot closes it."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from queue import SimpleQueue
from typing import Any, BinaryIO

from bot.errors import UserError
from bot.services.images.decoding import limits
from bot.services.images.decoding.formats import lacking_formats
from bot.services.images.decoding.inputs import prepare
from bot.services.images.decoding.masks import checked_mask, grid_mask
from bot.services.images.decoding.memory import asking
from bot.services.images.decoding.opening import INPUT, RESULT
from bot.services.images.decoding.results import fit_for_upload
from bot.services.images.formats import ImageKind
from bot.services.images.frames import Frame, read_frame
from bot.services.images.inputs import ImageUse

_LONGEST_ERROR = 500


def main() -> None:
    """Do tasks until the standard input ends, which it does when the bot ends, however it ends."""
    # Ctrl+C and a service manager signal the whole group; the bot ends its workers when it needs them no longer.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # The bot and its event loop come first on a busy machine.
    with suppress(AttributeError, OSError):
        os.nice(5)
    tasks: SimpleQueue[Frame] = SimpleQueue()
    answers = _private_stdout()
    threading.Thread(target=_read, args=(sys.stdin.buffer, tasks), daemon=True).start()
    with suppress(BrokenPipeError):
        while True:
            _answer(tasks.get(), tasks, answers)
    # An ordinary exit would wait for the thread that reads.
    os._exit(0)


def _private_stdout() -> BinaryIO:
    """The standard output for answers alone: C libraries that print write elsewhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def _read(stream: BinaryIO, tasks: SimpleQueue[Frame]) -> None:
    """Queue the tasks. When the bot is gone, end the process even in the middle of one."""
    with suppress(EOFError, OSError):
        while True:
            tasks.put(read_frame(stream))
    os._exit(0)


def _answer(task: Frame, tasks: SimpleQueue[Frame], answers: BinaryIO) -> None:
    def ask(needed: int) -> None:
        _send(answers, Frame({"needs": needed}))
        tasks.get()

    limits.set_limits(cpu_seconds=task.header["cpu_seconds"], memory=_memory(task.header["task"]))
    try:
        with asking(ask):
            answer = _TASKS[task.header["task"]](task.body, **task.header["options"])
    except UserError as error:
        answer = Frame({"refused": error.text})
    except MemoryError:
        _send(answers, Frame({"exhausted": True}))
        # What is left of the memory is in pieces.
        os._exit(1)
    except Exception as error:
        answer = Frame({"failed": repr(error)[:_LONGEST_ERROR]})
    _send(answers, answer)


def _send(answers: BinaryIO, frame: Frame) -> None:
    answers.write(frame.encoded())
    answers.write(frame.body)
    answers.flush()


def _memory(task: str) -> int:
    return (RESULT if task == "fit" else INPUT).memory


def _prepare(data: bytes, *, name: str, use: dict[str, Any]) -> Frame:
    limits_of_use: dict[str, Any] = {**use, "kinds": frozenset(map(ImageKind, use["kinds"]))}
    prepared = asdict(prepare(data, name, ImageUse(**limits_of_use)))
    made = prepared.pop("data")
    return Frame({"done": prepared, "changed": made is not None}, made or b"")


def _fit(data: bytes, *, max_bytes: int) -> Frame:
    upload = asdict(fit_for_upload(data, max_bytes))
    made = upload.pop("data")
    changed = made is not data
    return Frame({"done": upload, "changed": changed}, made if changed else b"")


def _check_mask(data: bytes, *, width: int, height: int) -> Frame:
    return Frame({"done": {}}, checked_mask(data, width, height))


def _grid_mask(_: bytes, *, cells: list[int], width: int, height: int) -> Frame:
    return Frame({"done": {}}, grid_mask(cells, width, height))


def _lacking_formats(_: bytes) -> Frame:
    return Frame({"done": {"lacking": lacking_formats()}})


_TASKS: dict[str, Callable[..., Frame]] = {
    "prepare": _prepare,
    "fit": _fit,
    "check_mask": _check_mask,
    "grid_mask": _grid_mask,
    "lacking_formats": _lacking_formats,
}

if __name__ == "__main__":
    main()
