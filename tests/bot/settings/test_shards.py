"""Which shards a process serves, from its settings, and the line for each mistake."""

from pathlib import Path

import pytest

from bot.settings.model import Settings, SettingsError, load_settings
from bot.settings.shards import Shards, cluster_shards

NAMES = ("CLUSTER_ID", "CLUSTER_COUNT", "SHARD_COUNT", "SHARD_IDS", "DATABASE_URL")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The two settings that are needed, and no .env file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", "token")
    monkeypatch.setenv("IMAGINEPRO_API_KEY", "sk-key-0123")
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def loaded(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """The settings of a process with these variables, on PostgreSQL unless they say otherwise."""
    for name, value in {"DATABASE_URL": "postgresql://bot@host/bot", **values}.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_one_process_serves_all() -> None:
    """As many as Discord recommends, and on SQLite."""
    settings = load_settings()
    assert (settings.shards, settings.cluster_id) == (Shards(None, None), 0)
    assert settings.shards.has_first
    assert not settings.shards.is_partial


@pytest.mark.parametrize(
    ("values", "shards", "cluster"),
    [
        ({"SHARD_COUNT": "4"}, Shards(None, 4), 0),
        ({"CLUSTER_COUNT": "2"}, Shards((0,), 2), 0),
        ({"CLUSTER_COUNT": "2", "CLUSTER_ID": "1"}, Shards((1,), 2), 1),
        ({"CLUSTER_COUNT": "3", "CLUSTER_ID": "1", "SHARD_COUNT": "16"}, Shards((5, 6, 7, 8, 9), 16), 1),
        ({"SHARD_IDS": "4-6, 9", "SHARD_COUNT": "10"}, Shards((4, 5, 6, 9), 10), 4),
        ({"SHARD_IDS": "3,1,3", "SHARD_COUNT": "4"}, Shards((1, 3), 4), 1),
        (
            {"SHARD_IDS": "0-2", "SHARD_COUNT": "4", "CLUSTER_COUNT": "2", "CLUSTER_ID": "1"},
            Shards((0, 1, 2), 4),
            1,
        ),
    ],
)
def test_shards_follow_from_the_settings(
    values: dict[str, str], shards: Shards, cluster: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given ones before those that follow, and a number that no other process has."""
    settings = loaded(monkeypatch, **values)
    assert (settings.shards, settings.cluster_id) == (shards, cluster)


@pytest.mark.parametrize(("clusters", "count"), [(1, 1), (2, 2), (2, 3), (7, 100), (16, 16), (100, 1000)])
def test_every_shard_has_one_cluster(clusters: int, count: int) -> None:
    """Together the clusters serve each shard once, none has two more than another."""
    blocks = [cluster_shards(number, clusters, count) for number in range(clusters)]
    assert [shard for each in blocks for shard in each] == list(range(count))
    assert max(map(len, blocks)) - min(map(len, blocks)) <= 1
    assert all(blocks)


def test_one_process_has_the_first_shard() -> None:
    """Which registers the commands for all."""
    firsts = [Shards(cluster_shards(number, 3, 8), 8).has_first for number in range(3)]
    assert firsts == [True, False, False]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"CLUSTER_COUNT": "0"}, "CLUSTER_COUNT is not valid: input should be greater than or equal to 1."),
        ({"CLUSTER_ID": "-1"}, "CLUSTER_ID is not valid: input should be greater than or equal to 0."),
        (
            {"CLUSTER_ID": "2", "CLUSTER_COUNT": "2"},
            "CLUSTER_ID is not valid: must be below CLUSTER_COUNT, which is 2: the first cluster is 0.",
        ),
        (
            {"CLUSTER_ID": "1"},
            "CLUSTER_ID is not valid: must be below CLUSTER_COUNT, which is 1: the first cluster is 0.",
        ),
        (
            {"SHARD_COUNT": "3", "CLUSTER_COUNT": "4"},
            "SHARD_COUNT is not valid: must be at least CLUSTER_COUNT, which is 4: every cluster needs a shard.",
        ),
        (
            {"SHARD_IDS": "0-3"},
            "SHARD_IDS is not valid: must come with SHARD_COUNT, the number of all shards in all processes.",
        ),
        (
            {"SHARD_IDS": "0-4", "SHARD_COUNT": "4"},
            "SHARD_IDS is not valid: must hold numbers below SHARD_COUNT only, which is 4.",
        ),
        *(
            (
                {"SHARD_IDS": text, "SHARD_COUNT": "9"},
                "SHARD_IDS is not valid: must be numbers and ranges such as 0-3,7.",
            )
            for text in ("all", "3-1", "-1", "1-", "1 2", "[0, 1]", "1-2-3", "999999999", "٣")
        ),
        *(
            (
                {"DATABASE_URL": "sqlite:///data/bot.db", **several},
                "DATABASE_URL is not valid: must be the same postgresql://... for all, because several clusters share "
                "one PostgreSQL.",
            )
            for several in ({"CLUSTER_COUNT": "2"}, {"SHARD_IDS": "1", "SHARD_COUNT": "2"})
        ),
    ],
)
def test_each_mistake_has_its_line(values: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, which names the setting and what to change."""
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **values)
    assert caught.value.lines == [line]


def test_the_default_database_is_not_for_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor when nothing was said about it."""
    monkeypatch.setenv("CLUSTER_COUNT", "2")
    with pytest.raises(SettingsError, match=r"DATABASE_URL is not valid: .* several clusters share one PostgreSQL"):
        load_settings()
