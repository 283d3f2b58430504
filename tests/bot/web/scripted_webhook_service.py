"""A scripted webhook service that records events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

JOB = "b6Wq1x0Zk3aF"
SIGNATURE = "s-0f6c2f1e9d7b4a35"


@dataclass
class ScriptedWebhooks:
    """Accepts one signature for every job."""

    taken: list[tuple[str, Mapping[str, object]]] = field(default_factory=list[tuple[str, Mapping[str, object]]])

    def is_signed(self, job_id: str, signature: str) -> bool:
        return signature == SIGNATURE

    def take(self, job_id: str, event: Mapping[str, object]) -> None:
        self.taken.append((job_id, event))
