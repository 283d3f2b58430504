"""A pytest plugin: modules whose tests take long stand evenly between the others.

Workers begin with equal parts of all tests in their order. With the long ones side by side, one worker would have them
all, and the others nothing left to take from it at the end.
"""

from itertools import groupby

import pytest

_LONG = ("process", "chaos")
"""Marks of tests that start whole processes."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put modules with long tests between the others; the tests of a module stay together."""
    modules = [list(members) for _, members in groupby(items, key=lambda item: item.path)]
    long = [module for module in modules if any(item.get_closest_marker(mark) for item in module for mark in _LONG)]
    places = {id(module): (number + 0.5) / len(long) for number, module in enumerate(long)}
    others = [module for module in modules if id(module) not in places]
    total, before = sum(map(len, others)), 0
    for module in others:
        places[id(module)] = before / total
        before += len(module)
    items[:] = [item for module in sorted(modules, key=lambda module: places[id(module)]) for item in module]
