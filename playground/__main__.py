"""The whole bot in a browser: `python -m playground`."""

import asyncio
import sys
from collections.abc import Sequence

from bot.app.console import tolerate_narrow_output
from playground.cli import parse_options
from playground.script.run import ExitCode, run_script
from playground.terminal import launch


def say(line: str) -> None:
    """One line for the person at the terminal, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """One line beside the output proper."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the playground; the exit code says whether it ended as it was asked to."""
    tolerate_narrow_output()
    options = parse_options(arguments)
    try:
        if options.script is not None:
            return asyncio.run(run_script(options, say, complain))
        return asyncio.run(launch(options, say))
    except KeyboardInterrupt:
        return 0 if options.script is None else ExitCode.STOPPED
    except OSError as problem:
        complain(f"The playground can't start: {problem}. Choose another --data or --port.")
        return 1


if __name__ == "__main__":
    sys.exit(main())
