"""`python -m benchmarks` prints every timing with its comparison; `--json` for programs."""

import argparse
import asyncio
import json
from dataclasses import asdict

from benchmarks.acknowledgement import compare


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--commands", type=int, default=200, help="commands for each bot (default %(default)s)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(compare(options.commands))
    if options.json:
        print(json.dumps([asdict(figure) for figure in figures]))
        return
    print(f"Time to acknowledgement of /imagine, {options.commands} commands each, in turn")
    for figure in figures:
        print(f"  {figure.name:9}  median {figure.median:7.1f} ms   p99 {figure.p99:7.1f} ms")
    ours, bare = figures
    print(f"  ratio      median {ours.median / bare.median:7.2f}      p99 {ours.p99 / bare.p99:7.2f}")


if __name__ == "__main__":
    main()
