"""/credits shows a member's own use, and the balance to managers."""

import pytest

from playground.discord_server import Member, texts
from playground.discord_server.state.channels import Channel
from tests.support.stage import KEY, Stage, ended, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNT = "The account behind this bot"


async def credits_answer(stage: Stage, member: Member, channel: Channel | None = None) -> str:
    """The private answer to this member's /credits."""
    outcome = await member.slash(channel or stage.channel, "credits")
    return texts(await outcome.wait_for(lambda message: is_private(message) and bool(texts(message))))


async def test_nothing_used_yet(stage: Stage) -> None:
    """A member without jobs sees "nothing" for each period."""
    assert await credits_answer(stage, stage.max) == "\n".join(
        ["**Your use in this server**", "Today (UTC): nothing", "Last 30 days: nothing", "In total: nothing"]
    )


async def test_own_use_is_counted(stage: Stage) -> None:
    """Sent jobs are counted with published prices, others by number, separately for server and direct messages."""
    await stage.pressed(await stage.finished("a fox on the bill"), "U1")
    await stage.finished("a fox at an unknown price --turbo")
    await stage.finished("a fox that was refused scenario:prompt-refused")
    answer = await credits_answer(stage, stage.mia)
    for span in ("Last 30 days", "In total"):
        assert f"{span}: 3 jobs, 15 credits; the price of 1 is not published" in answer
    assert ACCOUNT not in answer
    assert "In total: nothing" in await credits_answer(stage, stage.mia, stage.mia.dm)
    private = await stage.mia.slash(stage.mia.dm, "imagine", prompt="a fox billed apart --relax")
    await private.wait_for(ended)
    there = await credits_answer(stage, stage.mia, stage.mia.dm)
    assert "**Your use in these direct messages**" in there
    assert "In total: 1 job, 5 credits" in there


@pytest.mark.parametrize("name", ["adam", "olivia"])
async def test_managers_see_the_balance(stage: Stage, name: str) -> None:
    """Managers see balance, plan, quota and expiry from Account Info, without email address or key."""
    account = stage.api.account
    account.credits, account.extra = 1234, 50
    answer = await credits_answer(stage, stage.discord.member(name))
    assert "Balance: 1284 credits, 50 of them extra" in answer
    assert "Plan: STARTER" in answer
    assert "Quota of the plan: 1600 credits" in answer
    assert "Valid until: <t:1893456000:D>" in answer
    assert "@" not in answer
    assert KEY not in answer


async def test_managers_see_none_in_direct_messages(stage: Stage) -> None:
    """In direct messages only the bot's owner sees the balance."""
    assert ACCOUNT not in await credits_answer(stage, stage.adam, stage.adam.dm)
    olivia = stage.discord.member("olivia")
    assert ACCOUNT in await credits_answer(stage, olivia, olivia.dm)


async def test_an_unknown_owner(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """When Discord does not name the bot's owner, members still see their own use."""
    monkeypatch.setattr(stage.bot, "owner_id", None)
    stage.discord.faults.refuse_next("GET /oauth2/applications/@me", 403)
    answer = await credits_answer(stage, stage.max)
    assert "**Your use in this server**" in answer
    assert ACCOUNT not in answer


async def test_the_answer_comes_before_the_owner_lookup(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interaction is answered before the slow request for the bot's owner."""
    monkeypatch.setattr(stage.bot, "owner_id", None)
    before = len(stage.discord.request_log)
    await credits_answer(stage, stage.max)
    routes = [entry.route for entry in list(stage.discord.request_log)[before:]]
    [answered] = [channel for channel, route in enumerate(routes) if route.endswith("/callback")]
    assert answered < routes.index("/oauth2/applications/@me")


async def test_a_refused_key_is_explained(stage: Stage) -> None:
    """When the API refuses the key, own use is still shown and the balance is explained."""
    stage.api.faults.choose("key-refused")
    answer = await credits_answer(stage, stage.adam)
    assert "**Your use in this server**" in answer
    assert "The account's balance can't be read: " in answer
    assert KEY not in answer
    stage.api.faults.clear()


async def test_members_cause_no_api_request(stage: Stage) -> None:
    """A member who may not see the balance causes no API request."""
    before = len(stage.api.request_log)
    await credits_answer(stage, stage.mia)
    assert len(stage.api.request_log) == before
