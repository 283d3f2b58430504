"""/credits: one's own use, and the balance for those who look after the bot."""

import pytest

from playground.discord_server import Member, texts
from playground.discord_server.state.channels import Channel
from tests.support.stage import KEY, Stage, ended, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNT = "The account behind this bot"


async def asked(stage: Stage, member: Member, place: Channel | None = None) -> str:
    """What this member reads, and nobody else."""
    outcome = await member.slash(place or stage.channel, "credits")
    return texts(await outcome.wait_for(lambda message: is_private(message) and bool(texts(message))))


async def test_nothing_used_yet(stage: Stage) -> None:
    """Whoever has made nothing here reads so."""
    assert await asked(stage, stage.max) == "\n".join(
        ["**Your use in this server**", "Today (UTC): nothing", "Last 30 days: nothing", "In total: nothing"]
    )


async def test_own_use_is_counted(stage: Stage) -> None:
    """Jobs that were sent, with the credits that are published, and the others by number; each place for itself."""
    await stage.pressed(await stage.finished("a fox on the bill"), "U1")
    await stage.finished("a fox at an unknown price --turbo")
    await stage.finished("a fox that was refused scenario:prompt-refused")
    told = await asked(stage, stage.mia)
    for span in ("Last 30 days", "In total"):
        assert f"{span}: 3 jobs, 15 credits; the price of 1 is not published" in told
    assert ACCOUNT not in told
    assert "In total: nothing" in await asked(stage, stage.mia, stage.mia.dm)
    private = await stage.mia.slash(stage.mia.dm, "imagine", prompt="a fox billed apart --relax")
    await private.wait_for(ended)
    there = await asked(stage, stage.mia, stage.mia.dm)
    assert "**Your use in these direct messages**" in there
    assert "In total: 1 job, 5 credits" in there


@pytest.mark.parametrize("name", ["adam", "olivia"])
async def test_managers_see_the_balance(stage: Stage, name: str) -> None:
    """Balance, plan, quota and expiry, as Account Info says at this moment; no address, no key."""
    account = stage.api.account
    account.credits, account.extra = 1234, 50
    told = await asked(stage, stage.discord.member(name))
    assert "Balance: 1284 credits, 50 of them extra" in told
    assert "Plan: STARTER" in told
    assert "Quota of the plan: 1600 credits" in told
    assert "Valid until: <t:1893456000:D>" in told
    assert "@" not in told
    assert KEY not in told


async def test_managers_see_none_in_direct_messages(stage: Stage) -> None:
    """There is no server that they manage; the bot's owner sees it anywhere."""
    assert ACCOUNT not in await asked(stage, stage.adam, stage.adam.dm)
    olivia = stage.discord.member("olivia")
    assert ACCOUNT in await asked(stage, olivia, olivia.dm)


async def test_an_owner_nobody_can_name(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """When Discord does not say who owns the bot, everybody still reads their own use."""
    monkeypatch.setattr(stage.bot, "owner_id", None)
    stage.discord.faults.refuse_next("GET /oauth2/applications/@me", 403)
    told = await asked(stage, stage.max)
    assert "**Your use in this server**" in told
    assert ACCOUNT not in told


async def test_discord_waits_for_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is answered before Discord is asked who owns the bot, which may take longer than it waits."""
    monkeypatch.setattr(stage.bot, "owner_id", None)
    before = len(stage.discord.request_log)
    await asked(stage, stage.max)
    routes = [entry.route for entry in list(stage.discord.request_log)[before:]]
    [answered] = [place for place, route in enumerate(routes) if route.endswith("/callback")]
    assert answered < routes.index("/oauth2/applications/@me")


async def test_a_refused_key_is_a_sentence(stage: Stage) -> None:
    """Their own use is told all the same."""
    stage.api.faults.choose("key-refused")
    told = await asked(stage, stage.adam)
    assert "**Your use in this server**" in told
    assert "The account's balance can't be read: " in told
    assert KEY not in told
    stage.api.faults.clear()


async def test_members_cost_the_api_nothing(stage: Stage) -> None:
    """Who may not see the balance does not take one of the API's turns."""
    before = len(stage.api.request_log)
    await asked(stage, stage.mia)
    assert len(stage.api.request_log) == before
