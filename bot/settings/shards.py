"""Which shards of the bot a process serves, and what the settings may say about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationInfo

_PART = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of one process: their ids (None: all) and how many there are in all (None: as Discord recommends)."""

    ids: tuple[int, ...] | None = None
    count: int | None = None

    @property
    def first(self) -> bool:
        """Whether shard 0 is among them, which is true for one process of a bot."""
        return self.ids is None or 0 in self.ids

    @property
    def some(self) -> bool:
        """Whether other processes serve the rest."""
        return self.ids is not None and len(self.ids) < (self.count or 0)


ALL = Shards()


def block(cluster_id: int, cluster_count: int, shard_count: int) -> tuple[int, ...]:
    """The shards of a cluster: neighbours, so many as of any other cluster or one more.

    Where Discord allows a large bot more than one login in five seconds, it is neighbours that may log in together.
    So a cluster of neighbours is back sooner than one of every n-th shard.
    """
    start, end = (number * shard_count // cluster_count for number in (cluster_id, cluster_id + 1))
    return tuple(range(start, end))


def read_ids(value: Any) -> Any:
    """The ids written as `0-3,7`, each once and in order; raises ValueError with the reason."""
    if not isinstance(value, str):
        return value
    ids: set[int] = set()
    for part in filter(None, map(str.strip, value.split(","))):
        match = _PART.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise ValueError("must be numbers and ranges such as 0-3,7")
        ids.update(range(first, last + 1))
    return tuple(sorted(ids))


def enough_shards(value: int | None, info: ValidationInfo) -> int | None:
    """SHARD_COUNT: at least one for every cluster."""
    clusters = info.data.get("cluster_count", 1)
    if value is not None and value < clusters:
        raise ValueError(f"must be at least CLUSTER_COUNT, which is {clusters}: every cluster needs a shard")
    return value


def known_shards(value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
    """SHARD_IDS: each below SHARD_COUNT, which must be given."""
    if not value or "shard_count" not in info.data:
        return value
    count = info.data["shard_count"]
    if count is None:
        raise ValueError("must come with SHARD_COUNT, the number of all shards in all processes")
    if value[-1] >= count:
        raise ValueError(f"must hold numbers below SHARD_COUNT only, which is {count}")
    return value


def cluster_number(value: int, info: ValidationInfo) -> int:
    """CLUSTER_ID: below CLUSTER_COUNT; with SHARD_IDS alone the first of them, which no other process has."""
    clusters = info.data.get("cluster_count")
    if clusters is not None and value >= clusters:
        raise ValueError(f"must be below CLUSTER_COUNT, which is {clusters}: the first cluster is 0")
    ids = info.data.get("shard_ids")
    return ids[0] if clusters == 1 and ids else value


def several_processes(settings: Mapping[str, Any]) -> bool:
    """Whether these settings are those of one process among several."""
    ids, count = settings.get("shard_ids") or (), settings.get("shard_count") or 0
    return settings.get("cluster_count", 1) > 1 or 0 < len(ids) < count
