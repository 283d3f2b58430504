"""The image and the compose file: they start what is here, with settings that the bot takes."""

import fnmatch
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings.model import Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CLUSTERS = {name: service for name, service in SERVICES.items() if name != "postgres"}


def settings(name: str) -> Settings:
    """What the bot makes of the environment of a cluster, beside the two secrets of the .env file."""
    environment: dict[str, str] = CLUSTERS[name]["environment"]
    given = {
        key.lower(): re.sub(r"\$\{POSTGRES_PASSWORD:[^}]*}", "0123abcd", value) for key, value in environment.items()
    }
    return Settings.model_validate({"discord_token": "t", "imaginepro_api_key": "k"} | given)


def seconds(duration: str) -> int:
    """A duration such as `30s`."""
    assert re.fullmatch(r"\d+s", duration)
    return int(duration[:-1])


def test_there_are_two_clusters() -> None:
    """Beside one PostgreSQL, which they wait for."""
    assert len(CLUSTERS) == 2
    assert all(each["depends_on"] == {"postgres": {"condition": "service_healthy"}} for each in CLUSTERS.values())
    assert SERVICES["postgres"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_variable_is_a_setting(name: str) -> None:
    """None is misspelt, and all are text, as the environment holds them."""
    environment = CLUSTERS[name]["environment"]
    assert {key.lower() for key in environment} <= set(Settings.model_fields)
    assert all(isinstance(value, str) for value in environment.values())


def test_together_they_serve_each_shard_once() -> None:
    """From settings that differ in nothing but the cluster's number."""
    both = [settings(name) for name in CLUSTERS]
    ids = [shard for each in both for shard in each.shards.ids or ()]
    assert sorted(ids) == list(range(both[0].shards.count or 0))
    assert len({each.model_copy(update={"cluster_id": 0}).model_dump_json() for each in both}) == 1
    assert [each.cluster_id for each in both] == [0, 1]


@pytest.mark.parametrize("name", CLUSTERS)
def test_they_use_the_database_that_is_there(name: str) -> None:
    """Its service, name and user."""
    url = settings(name).database_url.get_secret_value()
    made = SERVICES["postgres"]["environment"]
    assert url == f"postgresql://{made['POSTGRES_USER']}:0123abcd@postgres/{made['POSTGRES_DB']}"


@pytest.mark.parametrize("name", CLUSTERS)
def test_they_come_back_and_end_in_order(name: str) -> None:
    """Restarted when they fail, and given longer to end than the bot needs."""
    assert CLUSTERS[name]["restart"] == "unless-stopped"
    assert seconds(CLUSTERS[name]["stop_grace_period"]) >= 10


def test_data_outlives_the_containers() -> None:
    """In a volume where this version of PostgreSQL keeps it."""
    [volume] = SERVICES["postgres"]["volumes"]
    assert volume.split(":")[0] in COMPOSE["volumes"]
    assert volume.endswith(":/var/lib/postgresql/data")


def test_no_secret_is_written_into_it() -> None:
    """Passwords and tokens come from the .env file, whose absence is told."""
    assert all(each["env_file"] == ".env" for each in CLUSTERS.values())
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_the_image_runs_the_bot_without_rights() -> None:
    """As a user of its own."""
    last = DOCKERFILE.split("FROM ")[-1]
    assert last.splitlines()[-1] == 'CMD ["python", "-m", "bot"]'
    assert re.search(r"^USER bot$", last, flags=re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE


def test_the_image_gets_what_it_copies() -> None:
    """Everything that is copied exists and is let through by .dockerignore, and nothing else is."""
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    sources = {source for each in copies for source in each.split()}
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sources == {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / source).exists() for source in sources)
    assert "*" in rules
    assert not [source for source in sources if fnmatch.fnmatch(source, ".env*")]
