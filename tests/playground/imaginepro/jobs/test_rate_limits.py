"""The documented request limits, by a clock that the test moves."""

from playground.imaginepro import Limits
from tests.playground.imaginepro.conftest import Clock


async def statuses(client, path: str, count: int) -> list[int]:
    """The statuses of a number of requests in a row."""
    return [(await client.call("GET", path)).status for _ in range(count)]


async def test_general_requests_keep_their_distance(started, clock: Clock):
    """The second request at once is refused in the documented words, the key's progress reads are not."""
    async with started(limits=True) as client:
        assert await statuses(client, "/subscription/account-info", 2) == [200, 429]
        assert await statuses(client, "/message/fetch/none", 1) == [404]
        reply = await client.call("POST", "/nova/imagine", {"prompt": "a fox"})
    assert (reply.status, reply.body["error"]) == (429, "Too Many Requests")


async def test_general_requests_pass_again_after_the_interval(started, clock: Clock):
    """A refused request does not restart the interval."""
    async with started(limits=Limits(general_interval=3.0, tolerance=0.0)) as client:
        assert await statuses(client, "/subscription/account-info", 2) == [200, 429]
        clock.now += 2.9
        assert await statuses(client, "/subscription/account-info", 1) == [429]
        clock.now += 0.1
        assert await statuses(client, "/subscription/account-info", 2) == [200, 429]


async def test_progress_is_read_ten_times_a_second(started, clock: Clock):
    """The eleventh read within a second is refused; each passes again a second after the tenth before it."""
    async with started(limits=True) as client:
        assert await statuses(client, "/message/fetch/none", 4) == [404] * 4
        clock.now += 0.5
        assert await statuses(client, "/message/fetch/none", 8) == [404] * 6 + [429] * 2
        clock.now += 0.5
        assert await statuses(client, "/message/fetch/none", 5) == [404] * 4 + [429]


async def test_pictures_and_wrong_keys_are_not_counted(started, clock: Clock):
    """Downloads are free, and requests with a wrong key take nothing from the right one."""
    async with started(limits=True) as client:
        for _ in range(15):
            assert (await client.bytes_of(f"{client.api.url}/cdn/none.png"))[0] == 404
            assert (await client.call("GET", "/subscription/account-info", key="wrong")).status == 401
        assert await statuses(client, "/subscription/account-info", 1) == [200]


async def test_the_interval_forgives_jitter(started, clock: Clock):
    """A request a little early is let through."""
    async with started(limits=Limits(general_interval=3.0, tolerance=0.25)) as client:
        assert await statuses(client, "/subscription/account-info", 1) == [200]
        clock.now += 2.8
        assert await statuses(client, "/subscription/account-info", 2) == [200, 429]
