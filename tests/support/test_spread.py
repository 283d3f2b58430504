"""Long tests stand evenly between the others."""

import pytest

pytest_plugins = ["pytester"]

LONG = "import pytest\n\n@pytest.mark.process\ndef test_long(): pass\n\ndef test_beside(): pass\n"
SHORT = "def test_first(): pass\n\ndef test_second(): pass\n"


def test_long_modules_are_spread(pytester: pytest.Pytester) -> None:
    """The tests of a module stay together and in their order, and none is lost."""
    pytester.makepyfile(**{f"test_a{number}": LONG for number in range(2)})
    pytester.makepyfile(**{f"test_b{number}": SHORT for number in range(6)})
    pytester.makeini("[pytest]\nmarkers = process")
    result = pytester.runpytest_inprocess("--collect-only", "-q", "-p", "tests.support.spread", "-p", "no:asyncio")
    names = [line for line in result.outlines if "::" in line]
    assert [name.partition(".py")[0][-2:] for name in names[::2]] == ["b0", "b1", "a0", "b2", "b3", "b4", "a1", "b5"]
    assert [name.partition("::")[2] for name in names[4:6]] == ["test_long", "test_beside"]
