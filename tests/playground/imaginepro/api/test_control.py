"""The control endpoints, and how scenarios are named."""

from typing import Any

import pytest

from playground.imaginepro import CATALOGUE
from tests.playground.imaginepro.client import ApiClient


async def test_an_unknown_scenario_is_refused(client: ApiClient):
    """A misspelt word answers 400 and says so, instead of doing nothing."""
    reply = await client.call("POST", "/nova/imagine", {"prompt": "a fox scenario:nonsense"})
    assert (reply.status, "no scenario called nonsense" in reply.body["message"]) == (400, True)


async def test_the_control_endpoints_choose_and_clear(client: ApiClient):
    """Chosen over HTTP without a key, counted down, cleared, listed with a sentence."""
    chosen = await client.control("POST", "scenario", {"name": "queue-full", "times": 2})
    assert chosen.body == {"chosen": [{"name": "queue-full", "times": 2, "seconds": 0.0}]}
    assert (await client.call("POST", "/nova/imagine", {"prompt": "a fox"})).status == 403
    assert (await client.control("GET", "state")).body["chosen"][0]["times"] == 1
    await client.control("DELETE", "scenario")
    assert (await client.call("POST", "/nova/imagine", {"prompt": "a fox"})).status == 200
    listed = (await client.control("GET", "scenarios")).body
    assert {item["name"] for item in listed} == set(CATALOGUE)
    assert all(item["description"].endswith(".") for item in listed)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "nonsense"},
        {},
        {"name": "html-500", "on": "x"},
        {"name": "down", "seconds": "x"},
        {"name": "down", "times": "x"},
    ],
)
async def test_the_control_endpoints_refuse_nonsense(client: ApiClient, body: dict[str, Any]):
    """400 with a sentence."""
    reply = await client.control("POST", "scenario", body)
    assert (reply.status, bool(reply.body["message"])) == (400, True)


async def test_the_state_tells_credits_and_jobs(client: ApiClient):
    """What a person wants to see at a glance."""
    await client.grid("a fox")
    state = (await client.control("GET", "state")).body
    assert (state["credits"], state["jobs"]["DONE"], state["concurrency"]) == (1590, 1, 3)
