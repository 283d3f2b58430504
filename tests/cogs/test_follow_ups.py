"""The buttons under a picture: follow-up jobs, second presses and invalid buttons."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from discord.http import Route

from playground.discord_server import buttons, media, selects, texts
from tests.support.stage import Stage, ended, labels, labels_in_rows, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def link_to(stage: Stage, message: dict[str, Any]) -> str:
    """The link to a message in the general channel."""
    return f"https://discord.com/channels/{stage.discord.world.guild.id}/{message['channel_id']}/{message['id']}"


def presses(stage: Stage, word: str) -> list[str | None]:
    """The buttons of all API jobs with this word in the prompt."""
    return [job.button for job in stage.submissions(word) if job.button]


async def test_u2_shows_the_single_picture(stage: Stage) -> None:
    """U2 gets its own reply, which links its parent and has a single picture's buttons."""
    grid = await stage.finished("a fox to enlarge")
    single = await stage.pressed(grid, "U2")
    assert single["id"] != grid["id"]
    assert f"U2 of [this picture]({link_to(stage, grid)})" in texts(single)
    assert media(single)[0]["description"] == "U2: Picture made from the prompt: a fox to enlarge"
    assert labels_in_rows(single) == [
        ["Upscale (Subtle)", "Upscale (Creative)"],
        ["Vary (Subtle)", "Vary (Strong)", "Vary (Region)"],
        ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom"],
        ["Left", "Right", "Up", "Down"],
        ["Animate (High motion)", "Animate (Low motion)"],
    ]
    assert not selects(single)
    assert presses(stage, "a fox to enlarge") == ["U2"]


async def test_every_follow_up_works(stage: Stage) -> None:
    """Each button of a single picture makes a picture and is sent with the API's own label."""
    stage.api.account.refill()
    grid = await stage.finished("a fox for everything --ar 16:9")
    single = await stage.pressed(grid, "U1")
    wanted = ["Vary (Strong)", "Vary (Subtle)", "Zoom Out 2x", "Make Square", "Left", "Down", "Upscale (Creative)"]
    outcomes = [await stage.mia.press(single, label=label) for label in wanted]
    results = [await outcome.wait_for(ended) for outcome in outcomes]
    assert all(media(result) for result in results)
    assert labels_in_rows(results[-1]) == [["Redo Upscale (Subtle)", "Redo Upscale (Creative)"]]
    # Pressed nearly at once, they may be sent in another order.
    sent = ["Vary (Strong)", "Vary (Subtle)", "Zoom Out 2x", "Make Square", "⬅️", "⬇️", "Upscale (Creative)"]
    assert sorted(map(str, presses(stage, "a fox for everything"))) == sorted(["U1", *sent])


async def test_second_u2_links_the_first(stage: Stage) -> None:
    """A second U2 links to the finished picture and starts no job, for every member."""
    grid = await stage.finished("a fox enlarged once")
    single = await stage.pressed(grid, "U2")
    for member in (stage.max, stage.mia):
        sentence = await stage.private_reply(await member.press(grid, label="U2"))
        assert sentence.startswith("U2 is done already")
        assert link_to(stage, single) in sentence
    assert presses(stage, "a fox enlarged once") == ["U2"]


async def test_second_u2_while_the_first_runs(stage: Stage) -> None:
    """A second U2 during the first links to the running reply."""
    grid = await stage.finished("a fox pressed by two")
    stage.hold()
    outcome = await stage.mia.press(grid, label="U2")
    running = await outcome.wait_for(percent_of)
    sentence = await stage.private_reply(await stage.max.press(grid, label="U2"))
    assert link_to(stage, running) in sentence
    assert sentence.startswith("U2 was started already")
    stage.release()
    await outcome.wait_for(ended)
    assert presses(stage, "a fox pressed by two") == ["U2"]


async def test_u2_of_two_members_at_the_same_time(stage: Stage) -> None:
    """Of two members' simultaneous U3 presses one starts a job and the other gets a private answer."""
    grid = await stage.finished("a fox in a race")
    outcomes = await asyncio.gather(stage.mia.press(grid, label="U3"), stage.max.press(grid, label="U3"))
    flags = sorted([outcome.message["flags"] & 64 for outcome in outcomes if outcome.message])
    assert flags == [0, 64]
    [first] = [outcome for outcome in outcomes if outcome.message and not outcome.message["flags"] & 64]
    await first.wait_for(ended)
    assert presses(stage, "a fox in a race") == ["U3"]


async def test_double_click_is_one_job_and_a_later_press_another(stage: Stage) -> None:
    """A double click on V1 starts one job; a later press starts another."""
    grid = await stage.finished("a fox varied")
    first, second = await asyncio.gather(stage.mia.press(grid, label="V1"), stage.mia.press(grid, label="V1"))
    new, answer = sorted((first, second), key=lambda outcome: (outcome.message or {})["flags"] & 64)
    assert "V1 was started already" in await stage.private_reply(answer)
    await new.wait_for(ended)
    assert presses(stage, "a fox varied") == ["V1"]

    async with stage.waiting(double_click=timedelta(0)):
        later = await stage.pressed(grid, "V1")
    assert media(later)
    assert presses(stage, "a fox varied") == ["V1", "V1"]


async def test_two_members_may_vary_at_the_same_time(stage: Stage) -> None:
    """Two members' simultaneous V2 presses start two jobs."""
    grid = await stage.finished("a fox for all")
    outcomes = await asyncio.gather(stage.mia.press(grid, label="V2"), stage.max.press(grid, label="V2"))
    for outcome in outcomes:
        await outcome.wait_for(ended)
    assert presses(stage, "a fox for all") == ["V2", "V2"]


async def test_reroll_makes_a_new_grid(stage: Stage) -> None:
    """🔄 makes a new grid; it has no Singles, as the API sends no single pictures for button jobs."""
    grid = await stage.finished("a fox once more")
    again = await stage.pressed(grid, "🔄")
    assert [*labels_in_rows(again), ["Singles"]] == labels_in_rows(grid)
    assert presses(stage, "a fox once more") == ["🔄"]


async def test_more_buttons_than_fit_go_into_a_menu(stage: Stage) -> None:
    """Buttons beyond Discord's limit go into a select menu, which sends the exact label."""
    grid = await stage.finished("a fox of many styles scenario:many-buttons")
    shown = labels(grid)
    [menu] = selects(grid)
    listed = [option["label"] for option in menu["options"]]
    assert [label for label in [*shown, *listed] if label.startswith("Style")] == [f"Style {n}" for n in range(1, 31)]

    chosen = menu["options"][listed.index("Style 27")]["value"]
    outcome = await stage.mia.choose(grid, menu["custom_id"], [chosen])
    refused = await outcome.wait_for(ended)
    assert "Button Style 27 is not available" in texts(refused)
    # The bot edits the message without changing it: before that, Discord's client sends nothing for the same entry.
    reset = await stage.channel.wait_for(
        lambda each: each["id"] == grid["id"] and each["edited_timestamp"] != grid["edited_timestamp"]
    )
    assert reset["components"] == grid["components"]
    assert (await stage.mia.choose(grid, menu["custom_id"], [chosen])).error is None
    assert [entry.body["button"] for entry in stage.api.request_log if entry.path.endswith("/button")][-1] == "Style 27"


async def test_menu_of_an_old_reply_is_left_alone(stage: Stage) -> None:
    """Discord takes few edits of messages older than an hour; the chosen follow-up starts without an edit."""
    grid = await stage.finished("an aged fox of many styles scenario:many-buttons")
    await stage.all_delivered()
    stage.discord.clock.advance(57 * 60)
    [menu] = selects(grid)
    outcome = await stage.mia.choose(grid, menu["custom_id"], [menu["options"][0]["value"]])
    assert await outcome.wait_for(ended)
    edits = [entry.path for entry in stage.discord.request_log if entry.body == {"flags": 1 << 15}]
    assert not any(path.endswith(grid["id"]) for path in edits)


async def test_unknown_buttons_are_shown_by_their_text(stage: Stage) -> None:
    """An unknown long label is cut for display and sent in full."""
    grid = await stage.finished("a fox of odd buttons scenario:unknown-buttons")
    [long] = [label for label in labels(grid) if label.startswith("A label so long")]
    assert len(long) == 80
    await stage.pressed(grid, long)
    sent = [entry.body["button"] for entry in stage.api.request_log if entry.path.endswith("/button")][-1]
    assert sent == ("A label " + "so long " * 12).strip()


async def test_too_old_job_is_explained(stage: Stage) -> None:
    """When a picture is too old for a button, the reply says so and what to do instead."""
    grid = await stage.finished("an old fox scenario:too-old")
    refused = texts(await stage.pressed(grid, "V1"))
    assert "probably too old to be changed" in refused
    assert "Use /imagine to make it anew" in refused


async def test_forged_buttons_are_answered(stage: Stage) -> None:
    """Buttons with forged custom_ids are answered with a sentence."""
    grid = await stage.finished("a forged fox")
    job_id = buttons(grid)[0]["custom_id"].split(":")[2]
    expected = {
        "ip1:press:nosuchjob:0": "no longer knows this picture",
        f"ip1:press:{job_id}:999": "not offered",
        f"ip1:press:{job_id}:9": "not offered",
        "ip1:cancel:nosuchjob": "no longer knows this picture",
        f"ip1:cancel:{job_id}": "already ended",
        "ip1:retry:nosuchjob": "no longer knows this picture",
        f"ip1:retry:{job_id}": "Only a job that ended without a picture",
    }
    row = [{"type": 2, "style": 2, "label": str(n), "custom_id": each} for n, each in enumerate(expected)]
    rows = [{"type": 1, "components": row[:5]}, {"type": 1, "components": row[5:]}]
    body = {"components": rows, "flags": 1 << 15, "allowed_mentions": {"parse": []}}
    forged = await stage.bot.http.request(
        Route("POST", "/channels/{channel_id}/messages", channel_id=stage.channel.id), json=body
    )
    for custom_id, sentence in expected.items():
        assert sentence in await stage.private_reply(await stage.mia.press(forged, custom_id=custom_id)), custom_id
    assert presses(stage, "a forged fox") == []
