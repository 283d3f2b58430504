"""`python -m benchmarks` measures this bot on the simulators and prints one table. Linux only: it reads /proc."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from benchmarks import report
from benchmarks.complete import missing
from benchmarks.figures import Part
from benchmarks.plan import PARTS, Sizes


def main() -> None:
    """Measure, print the table, and write the JSON file if one is asked for."""
    options = _arguments()
    if sys.platform != "linux":
        sys.exit("The benchmarks read /proc, so they run on Linux only.")
    sizes = Sizes.quick() if options.quick else Sizes()
    if options.jobs:
        sizes.jobs = options.jobs
    before = report.machine()
    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        parts = runner.run(_measured(options.only, sizes))
    after = report.machine()
    print(report.table(parts, before, after))
    if options.json:
        options.json.write_text(report.as_json(parts, before, after) + "\n", encoding="utf-8")
    if options.check and (lost := missing(parts, sizes.rates)):
        sys.exit(f"Without a value of this bot: {', '.join(lost)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=_chosen, default=tuple(PARTS), metavar="1,3", help="the parts to measure")
    parser.add_argument("--quick", action="store_true", help="small sizes: it shows that everything runs, no more")
    parser.add_argument("--check", action="store_true", help="end with an error when a row of part 1 or 3 is missing")
    parser.add_argument("--jobs", type=int, help=f"jobs of part 1 (default {Sizes().jobs})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    return parser.parse_args()


def _chosen(text: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in text.split(","))
    if unknown := set(numbers) - set(PARTS):
        raise argparse.ArgumentTypeError(f"there is no part {min(unknown)}, only {', '.join(map(str, PARTS))}")
    return numbers


async def _measured(numbers: tuple[int, ...], sizes: Sizes) -> list[Part]:
    # On SIGTERM cancel the measurement, so that its bots and servers are stopped too.
    measuring = asyncio.current_task()
    assert measuring is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, measuring.cancel)
    parts: list[Part] = []
    for number in numbers:
        print(f"part {number} …", file=sys.stderr, flush=True)
        parts.append(await PARTS[number](sizes))
    return parts


if __name__ == "__main__":
    main()
