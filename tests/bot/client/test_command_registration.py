"""Registering commands beside those that the bot knows nothing of: an Activity's entry point."""

from playground.discord_server.state.registered_commands import APP_HANDLER, ENTRY_POINT
from tests.support.stage import Stage

BULK = "PUT /applications/{application_id}/commands"


async def test_an_activity_keeps_its_entry_point(own_stage: Stage) -> None:
    """The refused list is sent again with the entry point as it was, and every command works beside it."""
    commands = own_stage.discord.core.commands
    own = {each["name"] for each in commands.all_of(None)}
    launch = commands.enable_activities() | {"default_member_permissions": "8"}
    commands.put(None, launch, launch["id"])
    await own_stage.restart()
    sent = [entry for entry in own_stage.discord.request_log if entry.line().startswith("PUT")]
    assert [entry.status for entry in sent[-2:]] == [400, 200]
    assert {each["name"] for each in commands.all_of(None)} == own | {"launch"}
    kept = commands.entry_point
    assert kept is not None
    assert kept | {"version": None} == launch | {"version": None}
    assert await own_stage.finished("a fox beside an activity")


async def test_interactions_that_go_elsewhere_are_logged(own_stage: Stage) -> None:
    """The start says why no command will be answered."""
    own_stage.discord.world.portal["interactions_endpoint_url"] = "https://example.com/interactions"
    await own_stage.restart()
    own_stage.expect_error("Discord sends all commands and presses to the Interactions Endpoint URL")


async def test_a_press_on_the_entry_point_is_answered(own_stage: Stage) -> None:
    """discord.py knows no commands of type 4 and would leave the member without an answer."""
    commands = own_stage.discord.core.commands
    commands.put(None, {"name": "launch", "description": "Launch", "type": ENTRY_POINT, "handler": APP_HANDLER})
    answer = await own_stage.private_reply(await own_stage.mia.launch(own_stage.channel))
    assert answer == "This bot has no Activity to launch. Type / to see its commands."
