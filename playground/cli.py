"""The options of `python -m playground`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8765
DEFAULT_SPEED = 5.0
EXIT_CODES = """\
exit codes of a script:
  0    every step went as written
  1    something expected was not there, or did not come in time
  2    the script or the command line makes no sense; nothing was started
  3    the bot ended by itself, or did not start
  130  ended by Ctrl-C
"""


@dataclass(frozen=True)
class Options:
    """One start of the playground; `data` is None for a folder that is removed at the end.

    `script` is the file of a scenario that is played (`-` for standard input), `headless` means without a page.
    """

    port: int = DEFAULT_PORT
    browser: bool = True
    speed: float = DEFAULT_SPEED
    data: Path | None = None
    script: str | None = None
    headless: bool = False
    verbose: bool = False


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
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    _add_script_options(parser)
    chosen = parser.parse_args(arguments)
    if chosen.script is None and (chosen.headless or chosen.verbose):
        parser.error("--headless and --verbose are about a script: add --script FILE (--no-browser opens no page)")
    return Options(**vars(chosen))


def _add_script_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("written scenarios")
    group.add_argument(
        "--script", metavar="FILE", help="play the scenario in this file (- for standard input) and tell what happens"
    )
    group.add_argument("--headless", action="store_true", help="play it without a page, then end; needs --script")
    group.add_argument("--verbose", action="store_true", help="show all that the bot says as well; needs --script")
