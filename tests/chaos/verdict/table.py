"""The summary of a run, as text."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain

from tests.chaos.verdict.invariants import Facts
from tests.chaos.verdict.waiting import Wait, ratios

CALM, TROUBLED = "calm", "troubled"
"""Phases of a run; hostile members act in those with `WITH_HOSTILE` behind."""

WITH_HOSTILE = ", hostile"


@dataclass(frozen=True, slots=True)
class Findings:
    """Violations of each kind, a line each."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """All of them, each with its kind."""
        return list(chain(*([f"{kind}: {line}" for line in lines] for kind, lines in asdict(self).items())))


def table(title: str, facts: Facts, found: Findings, waits: Mapping[str, Wait]) -> str:
    """Jobs, how they ended, violations, and waiting times with and without hostile members."""
    ended = Counter(str(row.state) for row in facts.rows)
    rows = [
        ("jobs", f"{len(facts.rows)}; at the API {len(facts.paid)}, {_foreign_count(facts)} of them its owner's"),
        ("ended", ", ".join(f"{state} {count}" for state, count in ended.most_common())),
        *((kind, str(len(lines))) for kind, lines in asdict(found).items()),
        *((f"wait {phase}", _compared(waits, phase)) for phase in (CALM, TROUBLED)),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join([f"\n{title}", *(f"  {name:{width}}  {value}" for name, value in rows)])


def _foreign_count(facts: Facts) -> int:
    return sum(not job.ref for job in facts.paid)


def _compared(waits: Mapping[str, Wait], phase: str) -> str:
    """Median / 90th percentile (of how many), without and with hostile members, and how many times as long."""
    hostile = phase + WITH_HOSTILE
    found = ratios(waits, phase, hostile)
    times = f" = × {found[0]:.2f} / {found[1]:.2f}" if found is not None else ""
    return f"{waits.get(phase, 'none')}, with hostile members {waits.get(hostile, 'none')}{times}"
