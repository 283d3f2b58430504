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


async def test_an_account_gets_a_new_key(started):
    """What it has made stays; the old key is refused from then, and one in use is not given out twice."""
    async with started(more_keys=(SECOND,)) as client:
        done = await client.grid("a fox")
        reply = await client.control("POST", "key", {"key": "sk-playground", "new": "sk-rotated"})
        assert (reply.status, reply.body) == (200, {"accounts": 2})
        path = f"/message/fetch/{done['messageId']}"
        keys = ("sk-playground", SECOND, "sk-rotated")
        assert [(await client.call("GET", path, key=key)).status for key in keys] == [401, 404, 200]
        assert client.api.credits == 1590
        for wrong, status in (
            (("sk-playground", "sk-x"), 404),
            (("sk-rotated", SECOND), 400),
            (("sk-rotated", ""), 400),
        ):
            refused = await client.control("POST", "key", dict(zip(("key", "new"), wrong, strict=True)))
            assert (refused.status, bool(refused.body["message"])) == (status, True)
