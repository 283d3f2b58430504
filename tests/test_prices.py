"""The published prices: the documentation states those of `bot.services.prices`, and no other file repeats them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.services import prices

ROOT = Path(__file__).parents[1]
README, COMMANDS, COVERAGE = "README.md", "docs/commands.md", "docs/api-coverage.md"
_FIGURE = re.compile(r"\b(?:[2-9]|[1-9]\d+)(?: more)? credits\b")

# The last cell of a row, by the row's first cell.
IN_README = {
    "`/imagine`": f"{prices.IMAGINE_FAST}, relaxed {prices.IMAGINE_RELAX}",
    "`/describe`": "may cost",
    "`/blend`": f"may cost; not square {prices.IMAGINE_FAST}",
    "`/faceswap`": "may cost",
    "`/flux`, `/zimage`": f"{prices.FLUX_PICTURE} a picture",
    "`/edit`": f"{prices.EDIT}; Midjourney {prices.IMAGINE_FAST}; FLUX may cost",
    "`/upscale`": f"{prices.FLUX_UPSCALE}",
    "`/removebg`": f"{prices.REMOVE_BACKGROUND}",
    "`/video`": f"{prices.VIDEO}",
}
IN_COMMANDS = {
    "`/describe`": "may cost credits",
    "`/blend`": f"square may cost credits; else {prices.IMAGINE_FAST}",
    "`/faceswap`": "may cost credits",
    "`/flux`": f"{prices.FLUX_PICTURE} a picture",
    "`/zimage`": f"{prices.Z_IMAGE}",
    "`/edit`": f"{prices.EDIT}; Midjourney {prices.IMAGINE_FAST}; FLUX: may cost credits",
    "`/upscale`": f"{prices.FLUX_UPSCALE}",
    "`/removebg`": f"{prices.REMOVE_BACKGROUND}",
    "`/video`": f"{prices.VIDEO}",
    "**U1–U4**": f"{prices.BUTTON_UPSCALE}",
    "**V1–V4**": f"{prices.BUTTON_VARIATION}",
    "**Upscale (…)**, **Redo Upscale (…)**": f"{prices.BUTTON_UPSCALE}; redo may cost credits",
    "**Vary (Subtle)**, **Vary (Strong)**": f"{prices.BUTTON_VARIATION}",
}
IN_COVERAGE = {
    "Generate Image": f"{prices.IMAGINE_FAST} fast, {prices.IMAGINE_RELAX} relax; turbo not stated",
    "Upscale": f"{prices.BUTTON_UPSCALE}; redo not stated",
    "Variation": f"{prices.BUTTON_VARIATION}",
    "Generate Image - Flux Model": f"{prices.FLUX_PICTURE} a picture",
    "FLUX: Generate Image": f"{prices.FLUX_PICTURE} a picture",
    "FLUX: Upscale Image": f"{prices.FLUX_UPSCALE}",
    "Remove Background": f"{prices.REMOVE_BACKGROUND}",
    "Gemini API: Generate Image": f"{prices.EDIT}",
    "Z-Image": f"{prices.Z_IMAGE}",
    "Video API: Generate Video By Image": f"{prices.VIDEO}",
}


def stated(page: str) -> Iterator[tuple[str, str]]:
    """First cell and credits of each row of the page's tables that have a column for credits."""
    column = None
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            column = None
        elif "Credits" in cells:
            column = cells.index("Credits")
        elif column is not None and set(line) - set("|-"):
            yield cells[0], cells[column]


@pytest.mark.parametrize(("page", "expected"), [(README, IN_README), (COMMANDS, IN_COMMANDS), (COVERAGE, IN_COVERAGE)])
def test_the_tables_state_the_prices(page: str, expected: dict[str, str]) -> None:
    """A changed price fails here until the page follows; a figure in any other row fails as well."""
    rows = dict(stated(page))
    assert {entry: rows.get(entry) for entry in expected} == expected
    assert {entry: text for entry, text in rows.items() if re.search(r"\d", text)}.keys() <= expected.keys()


def test_the_prose_states_the_prices() -> None:
    """The first sentence about /imagine names both of its prices."""
    page = (ROOT / COMMANDS).read_text(encoding="utf-8")
    [fast, relaxed] = re.findall(r"^Four pictures by Midjourney: (\d+) credits, (\d+) in relaxed mode\.", page, re.M)[0]
    assert (int(fast), int(relaxed)) == (prices.IMAGINE_FAST, prices.IMAGINE_RELAX)


def test_flux_and_z_image_share_a_row() -> None:
    """The README gives one price for both; when they differ, it needs two rows."""
    assert prices.FLUX_PICTURE == prices.Z_IMAGE


def test_no_other_file_repeats_a_price() -> None:
    """Texts and docstrings of the bot and its commands name no figure: they are built from the constants."""
    files = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]
    repeated = [
        f"{path.relative_to(ROOT)}: {part.value}"
        for path in files
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and _FIGURE.search(part.value)
    ]
    assert repeated == []
