"""Which rows a run has to print, whatever their values: a measurement that lost one would not be noticed otherwise."""

from collections.abc import Sequence

from benchmarks.figures import Part

OF_A_BURST = (
    "jobs lost",
    "429 answers met",
    "reads per job",
    "edits per job",
    "CPU per job, ms",
    "finished to shown p50, s",
    "finished to shown p99, s",
    "progress to shown p50, s",
    "progress to shown p99, s",
    "makespan over the ideal",
)
OF_COMMANDS = (
    "sent in a second",
    "not answered in 3 s",
    "to the answer p50, ms",
    "to the answer p99, ms",
    "CPU each, ms",
)
KINDS = ("a job each", "refused")


def expected(number: int, rates: Sequence[int]) -> list[str]:
    """The figures of a part; none of those parts whose rows depend on what is installed."""
    of_rates = [f"{rate}/s, {kind}: {figure}" for rate in rates for kind in KINDS for figure in OF_COMMANDS]
    return {1: [*OF_A_BURST], 3: of_rates}.get(number, [])


def missing(parts: Sequence[Part], rates: Sequence[int]) -> list[str]:
    """The figures that have no row, or no value of this bot in it."""
    printed = {(part.number, row.figure) for part in parts for row in part.rows if row.values[0] is not None}
    return [figure for part in parts for figure in expected(part.number, rates) if (part.number, figure) not in printed]
