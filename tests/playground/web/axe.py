"""axe-core, the judge of accessibility, on the page as it stands."""

from pathlib import Path
from typing import Literal, get_args

import pytest
from playwright.async_api import Page

SOURCE = Path(__file__).resolve().parents[2] / "node" / "node_modules" / "axe-core" / "axe.min.js"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
RUN = "(part) => axe.run(part, { resultTypes: ['violations'] }).then(({ violations }) => violations)"


async def violations(page: Page, part: str = "html") -> list[str]:
    """What axe-core objects to in a part of the page in either theme, a line for each element.

    Skips the test where axe-core is absent.
    """
    if not SOURCE.is_file():
        pytest.skip("no axe-core found: `npm install --prefix tests/node` brings it")
    await page.evaluate(SOURCE.read_text(encoding="utf-8"))  # through the debugger: the page's own policy forbids it
    return [line for scheme in SCHEMES for line in await _judged(page, part, scheme)]


async def _judged(page: Page, part: str, scheme: Scheme) -> list[str]:
    await page.emulate_media(color_scheme=scheme)
    return [
        f"{scheme}: {rule['impact']} {rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in await page.evaluate(RUN, part)
        for node in rule["nodes"]
    ]
