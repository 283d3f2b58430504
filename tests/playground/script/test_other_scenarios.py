"""The other half of the written scenarios, so that two workers share them."""

from pathlib import Path

import pytest

from tests.playground.script.test_scenarios import SCENARIOS, outcome


@pytest.mark.process
@pytest.mark.parametrize("scenario", SCENARIOS[1::2], ids=lambda path: path.stem)
def test_it_passes(scenario: Path) -> None:
    """What is written there is true of the bot."""
    assert outcome(scenario) == (0, "passed")
