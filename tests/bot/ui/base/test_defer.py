"""Deferring an interaction while its work goes on."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.ui.base.defer import defer_if_slow


class Refused(Exception):
    """Discord does not take the answer."""


class ForgottenInteraction:
    """An interaction that Discord no longer knows."""

    def __init__(self) -> None:
        self.client = SimpleNamespace(services=SimpleNamespace(timings=SimpleNamespace(defer_after=0.0)))
        self.response = self

    def is_done(self) -> bool:
        return False

    async def defer(self, **_: Any) -> None:
        raise Refused


@pytest.mark.parametrize("fails", [True, False])
async def test_refused_deferral_leaves_no_error_behind(fails: bool) -> None:
    """The caller gets Discord's refusal; what becomes of the work meanwhile is not reported as lost."""
    lost: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))

    async def part() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            if fails:
                raise ValueError("the picture is broken")

    parts = [asyncio.create_task(part()) for _ in range(2)]
    with pytest.raises(Refused):
        await defer_if_slow(cast("Any", ForgottenInteraction()), asyncio.gather(*parts))
    await asyncio.wait(parts)
    assert all(each.cancelled() or each.exception() for each in parts)
    await asyncio.sleep(0)
    del parts
    gc.collect()
    assert lost == []
