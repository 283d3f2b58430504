"""Several keys, each with an account of its own behind it."""

from playground.imaginepro import Limits
from tests.playground.imaginepro.client import ApiClient

SECOND = "sk-second"


async def test_an_account_knows_its_own_jobs_only(started):
    """A job is paid, read and listed with the key it was sent with; its picture needs none."""
    async with started(more_keys=(SECOND,)) as first:
        second = ApiClient(first.api, first.web, SECOND)
        done = await second.grid("a fox")
        assert (first.api.credits, first.api.at(SECOND).account.balance) == (1600, 1590)
        assert (await first.call("GET", f"/message/fetch/{done['messageId']}")).status == 404
        pressed = {"messageId": done["messageId"], "button": "U1"}
        assert (await first.call("POST", "/nova/button", pressed)).status == 404
        listed = [(await each.call("GET", "/nova/images")).body["images"] for each in (first, second)]
        assert [len(images) for images in listed] == [0, 1]
        assert (await first.bytes_of(done["uri"]))[0] == 200


async def test_limits_and_scenarios_are_a_keys_own(started):
    """What one key has used up or meets is nothing to the other."""
    async with started(more_keys=(SECOND,), limits=Limits()) as client:
        client.api.at(SECOND).faults.choose("bad-request", on="account")
        keys = ("sk-playground", SECOND, "sk-playground")
        replies = [await client.call("GET", "/subscription/account-info", key=key) for key in keys]
    assert [reply.status for reply in replies] == [200, 400, 429]
