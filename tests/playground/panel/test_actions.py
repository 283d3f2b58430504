"""What a panel can do, and what it can't."""

import asyncio
from typing import Any

import aiohttp
import pytest

from playground.panel.trouble import FAULTS, POPULAR
from playground.process.supervisor import BotState
from playground.stack import Stack
from tests.playground.panel.client import PanelClient, panel_at

Json = dict[str, Any]


async def test_scenarios_come_and_go(panel: PanelClient, stack: Stack) -> None:
    """Chosen for once or until cleared, shown to every panel, cleared with one word."""
    async with panel_at(stack.discord.url) as other:
        await panel.ask("choose", name="queue-full", times=1)
        await panel.ask("choose", name="fails-at-60", times=None)
        wanted = [("queue-full", 1), ("fails-at-60", None)]
        for each in (panel, other):
            await each.until(lambda state: [(on["name"], on["times"]) for on in state["api_trouble"]] == wanted)
        await other.ask("clear", side="api")
        await panel.until(lambda state: state["api_trouble"] == [])


@pytest.mark.parametrize("name", POPULAR)
async def test_each_popular_scenario_is_on_when_chosen(panel: PanelClient, name: str) -> None:
    """None of the buttons does nothing."""
    assert (await panel.ask("choose", name=name))["t"] == "done"
    await panel.until(lambda state: [on["name"] for on in state["api_trouble"]] == [name])


async def test_an_outage_says_when_it_ends(panel: PanelClient) -> None:
    """A time a minute from now."""
    await panel.ask("choose", name="down")
    [on] = await panel.until(lambda state: state["api_trouble"])
    assert 30 < on["until"] - panel.state["now"] <= 120


@pytest.mark.parametrize("asked", [asks for _, asks, _ in FAULTS], ids=[words for words, _, _ in FAULTS])
async def test_each_fault_is_brought_about(panel: PanelClient, asked: Json) -> None:
    """All that the page offers is accepted."""
    assert (await panel.ask("fault", **asked))["t"] == "done"


async def test_what_is_wrong_with_discord_is_told_in_words(panel: PanelClient) -> None:
    """Slowness, refusals to come and a gateway that is away, until all is well again."""
    await panel.ask("fault", name="slow", seconds=2)
    await panel.ask("fault", name="rate-limit", times=3, seconds=1.5, route="/messages")
    await panel.ask("fault", name="refuse", status=503, times=1)
    await panel.ask("fault", name="gateway-away")
    await panel.until(lambda state: not state["bot"]["online"])
    words = await panel.until(
        lambda state: len(state["discord_trouble"]) == 4 and [on["words"] for on in state["discord_trouble"]]
    )
    assert words == [
        "Every answer comes 2 s late",
        "The gateway is away",
        "The next 3 requests on /messages are answered 429, to be repeated after 1.5 s",
        "The next request is answered 503",
    ]
    await panel.ask("clear", side="discord")
    await panel.until(lambda state: state["discord_trouble"] == [])


async def test_speed(panel: PanelClient, stack: Stack) -> None:
    """The pace of jobs changes at once."""
    await panel.ask("speed", value=20)
    await panel.until(lambda state: state["speed"] == 20)
    assert stack.api.speed == 20


async def test_credits(panel: PanelClient) -> None:
    """Emptied, filled, and filled again when a scenario made the account look empty."""
    await panel.ask("credits", empty=True)
    await panel.until(lambda state: state["credits"]["left"] == 0)
    await panel.ask("credits", add=100)
    await panel.until(lambda state: state["credits"] == {"left": 100, "quota": 1600})
    await panel.ask("choose", name="credits-used-up")
    await panel.until(lambda state: state["credits"]["left"] == 0)
    await panel.ask("credits", add=100)
    await panel.until(lambda state: state["credits"]["left"] == 200 and state["api_trouble"] == [])


async def test_the_bot_is_killed_and_started(panel: PanelClient, stack: Stack) -> None:
    """A kill is no end of the playground; a start gives another process."""
    first = stack.bot.pid
    ended = asyncio.create_task(stack.bot.ended())
    assert (await panel.ask("bot", do="kill"))["t"] == "done"
    await panel.until(
        lambda state: (state["bot"]["state"], state["bot"]["pid"], state["bot"]["online"]) == ("killed", None, False)
    )
    assert (await panel.ask("bot", do="start"))["t"] == "done"
    second = await panel.until(lambda state: state["bot"]["online"] and state["bot"]["pid"])
    assert (await panel.ask("bot", do="restart"))["t"] == "done"
    third = await panel.until(
        lambda state: state["bot"]["online"] and state["bot"]["lives"] == 3 and state["bot"]["pid"]
    )
    assert (len({first, second, third}), ended.done()) == (3, False)
    ended.cancel()


async def test_a_restart_holds_nothing_up(panel: PanelClient) -> None:
    """While the bot is away for a second, the panel says so and does other things."""
    await panel.ws.send_json({"op": "bot", "do": "restart", "nonce": "slowly"})
    assert (await panel.ask("speed", value=3))["t"] == "done"
    await panel.until(lambda state: state["bot"]["state"] == BotState.KILLED)
    assert (await panel.answer("slowly"))["t"] == "done"


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ("", "Invalid JSON"),
        ("nonsense", "Invalid JSON"),
        ("[1]", "object"),
        ('{"op": "fly"}', "fly"),
        ("{}", "op"),
        ('{"op": "choose", "name": "nonsense"}', "There is no scenario called nonsense."),
        ('{"op": "choose", "name": "down", "times": 0}', "times"),
        ('{"op": "choose", "name": ["down"]}', "name"),
        ('{"op": "fault", "name": "clear"}', "name"),
        ('{"op": "fault", "name": "slow", "seconds": "2"}', "seconds"),
        ('{"op": "fault", "name": "slow", "seconds": 1e9}', "seconds"),
        ('{"op": "speed", "value": 0}', "value"),
        ('{"op": "speed", "value": NaN}', "value"),
        ('{"op": "credits", "add": -1}', "add"),
        ('{"op": "bot", "do": "dance"}', "do"),
        ('{"op": "reset", "now": true}', "now"),
        ('{"op": "details", "side": "api", "number": 1.5}', "number"),
        ("[" * 1500, "JSON"),
    ],
)
async def test_nonsense_is_answered(panel: PanelClient, frame: str, said: str) -> None:
    """A sentence says what is wrong, and the panel goes on."""
    await panel.ws.send_str(frame)
    answer = await panel.answer(None)
    assert answer["t"] == "error"
    assert said in answer["message"]
    assert (await panel.ask("speed", value=5))["t"] == "done"


async def test_bytes_are_nonsense_too(panel: PanelClient) -> None:
    """Only text is understood."""
    await panel.ws.send_bytes(b'{"op": "reset"}')
    assert (await panel.answer(None))["t"] == "error"


@pytest.mark.parametrize("origin", ["https://example.org", "http://127.0.0.1:1", "null", "http://127.0.0.1:x"])
async def test_pages_from_elsewhere_are_refused(stack: Stack, origin: str) -> None:
    """No other page may kill or reset."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await http.ws_connect(f"{stack.discord.url}/panel/ws", origin=origin)


async def test_a_borrowed_name_is_elsewhere(stack: Stack) -> None:
    """A page of a foreign host name that resolves to this machine is refused (DNS rebinding)."""
    theirs = f"example.org:{stack.discord.port}"
    async with aiohttp.ClientSession(headers={"Host": theirs}) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await http.ws_connect(f"{stack.discord.url}/panel/ws", origin=f"http://{theirs}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_own_page_is_welcome(stack: Stack, host: str) -> None:
    """Under either name of this machine."""
    ours = f"{host}:{stack.discord.port}"
    async with (
        aiohttp.ClientSession(headers={"Host": ours}) as http,
        http.ws_connect(f"{stack.discord.url}/panel/ws", origin=f"http://{ours}") as ws,
    ):
        assert (await ws.receive_json())["t"] == "ready"


async def test_an_open_panel_does_not_hold_up_the_end(panel: PanelClient, stack: Stack) -> None:
    """When the playground is about to end the panel's socket is closed."""
    stack.ending.set()
    while not panel.ws.closed:
        await panel.ws.receive()
    assert panel.ws.close_code == aiohttp.WSCloseCode.GOING_AWAY
