"""Which shards a process serves, and the validation of the settings about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationInfo

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of one process: their ids (None: all), and the number of all shards (None: as Discord recommends)."""

    ids: tuple[int, ...] | None = None
    count: int | None = None

    @property
    def has_first(self) -> bool:
        """Whether shard 0 is among them, which is true for exactly one process."""
        return self.ids is None or 0 in self.ids

    @property
    def is_partial(self) -> bool:
        """Whether other processes serve the other shards."""
        return self.ids is not None and len(self.ids) < (self.count or 0)


ALL_SHARDS = Shards()


def cluster_shards(cluster_id: int, cluster_count: int, shard_count: int) -> tuple[int, ...]:
    """The shards of a cluster: consecutive ids, evenly distributed over the clusters.

    Discord lets consecutive shards of a large bot log in at the same time, so consecutive ids start fastest.
    """
    start, end = (number * shard_count // cluster_count for number in (cluster_id, cluster_id + 1))
    return tuple(range(start, end))


def parse_shard_ids(value: Any) -> Any:
    """The ids in a text like `0-3,7`, sorted and without duplicates; raises ValueError with the reason."""
    if not isinstance(value, str):
        return value
    ids: set[int] = set()
    for part in filter(None, map(str.strip, value.split(","))):
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise ValueError("must be numbers and ranges such as 0-3,7")
        ids.update(range(first, last + 1))
    return tuple(sorted(ids))


def check_shard_count(value: int | None, info: ValidationInfo) -> int | None:
    """Check SHARD_COUNT: at least one for every cluster."""
    clusters = info.data.get("cluster_count", 1)
    if value is not None and value < clusters:
        raise ValueError(f"must be at least CLUSTER_COUNT, which is {clusters}: every cluster needs a shard")
    return value


def check_shard_ids(value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
    """Check SHARD_IDS: each below SHARD_COUNT, which must be given."""
    if not value or "shard_count" not in info.data:
        return value
    count = info.data["shard_count"]
    if count is None:
        raise ValueError("must come with SHARD_COUNT, the number of all shards in all processes")
    if value[-1] >= count:
        raise ValueError(f"must hold numbers below SHARD_COUNT only, which is {count}")
    return value


def check_cluster_id(value: int, info: ValidationInfo) -> int:
    """Check CLUSTER_ID: below CLUSTER_COUNT. With SHARD_IDS alone it becomes the first of them, which is unique."""
    clusters = info.data.get("cluster_count")
    if clusters is not None and value >= clusters:
        raise ValueError(f"must be below CLUSTER_COUNT, which is {clusters}: the first cluster is 0")
    ids = info.data.get("shard_ids")
    return ids[0] if clusters == 1 and ids else value


def is_clustered(settings: Mapping[str, Any]) -> bool:
    """Whether these settings are for one of several processes."""
    ids, count = settings.get("shard_ids") or (), settings.get("shard_count") or 0
    return settings.get("cluster_count", 1) > 1 or 0 < len(ids) < count
