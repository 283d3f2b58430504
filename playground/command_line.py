"""What `python -m playground` can be told."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8765
DEFAULT_SPEED = 5.0


@dataclass(frozen=True)
class Options:
    """One start of the playground; `data` is None for a folder that is removed at the end."""

    port: int = DEFAULT_PORT
    browser: bool = True
    speed: float = DEFAULT_SPEED
    data: Path | None = None


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError("a speed is a number from 0.1 to 1000")
    return speed


def _folder(text: str) -> Path:
    folder = Path(text)
    if folder.exists() and not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return folder


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """The options of a command line; ends the process with a readable line when they make no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m playground",
        description="The whole bot in a browser: a local Discord, a simulated image API and the real bot.",
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="where the page is served (default %(default)s)"
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="do not open the page")
    parser.add_argument(
        "--speed",
        type=_speed,
        default=DEFAULT_SPEED,
        help="pace of the simulated jobs, 1 is real (default %(default)s)",
    )
    parser.add_argument("--data", type=_folder, help="folder for the bot's database (default: a temporary one)")
    chosen = parser.parse_args(arguments)
    return Options(port=chosen.port, browser=chosen.browser, speed=chosen.speed, data=chosen.data)
