"""Flux, Z-Image and boost; and what is answered at once: prompts, linked accounts, traces, commands."""

import io

import pytest
from PIL import Image

from playground.imaginepro.jobs.linked_accounts import CREDENTIAL
from tests.playground.imaginepro.client import ApiClient


async def made(client: ApiClient, path: str, body: dict) -> dict:
    """The record of a job that must succeed."""
    return await client.done(await client.submit(path, body))


async def files(client: ApiClient, urls: list[str]) -> list[Image.Image]:
    """Files as they are."""
    return [Image.open(io.BytesIO((await client.bytes_of(url))[1])) for url in urls]


@pytest.mark.parametrize("count", [1, 4])
async def test_flux_gives_so_many_pictures(client: ApiClient, count: int):
    """All are in images and differ, uri repeats the first; each has its price, none has buttons."""
    before = client.api.credits
    record = await made(client, "/flux/imagine", {"prompt": "a red fox", "n": count, "width": 256, "height": 192})
    assert (len(record["images"]), record["uri"], "buttons" in record) == (count, record["images"][0], False)
    shown = await files(client, record["images"])
    assert {image.size for image in shown} == {(256, 192)}
    assert len({image.tobytes() for image in shown}) == count
    assert before - client.api.credits == 6 * count


@pytest.mark.parametrize(("given", "form"), [("png", "PNG"), ("webp", "WEBP"), ("jpg", "JPEG")])
async def test_flux_honours_aspect_ratio_and_format(client: ApiClient, given: str, form: str):
    """Twice as wide as high, in multiples of 8, in the form asked for."""
    body = {"prompt": "a fox", "aspect_ratio": "2:1", "output_format": given, "output_quality": "60"}
    (image,) = await files(client, (await made(client, "/flux/imagine", body))["images"])
    assert (image.format, image.width % 8, image.height % 8) == (form, 0, 0)
    assert abs(image.width / image.height - 2) < 0.05


async def test_zimage_has_the_size_asked_for(client: ApiClient):
    """To the pixel, for six credits."""
    before = client.api.credits
    record = await made(client, "/universal/zimage", {"prompt": "a fox", "width": 264, "height": 136, "steps": 4})
    assert [image.size for image in await files(client, [record["uri"]])] == [(264, 136)]
    assert before - client.api.credits == 6


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/flux/imagine", {}),
        ("/flux/imagine", {"prompt": "a", "n": 5}),
        ("/flux/imagine", {"prompt": "a", "n": 0}),
        ("/flux/imagine", {"prompt": "a", "width": 1020}),
        ("/flux/imagine", {"prompt": "a", "aspect_ratio": "wide"}),
        ("/flux/imagine", {"prompt": "a", "output_format": "bmp"}),
        ("/flux/imagine", {"prompt": "a", "output_quality": "101"}),
        ("/flux/imagine", {"prompt": "a", "model": "flux-9"}),
        ("/universal/zimage", {"prompt": ""}),
        ("/universal/zimage", {"prompt": "a", "width": 1032}),
        ("/universal/zimage", {"prompt": "a", "height": 100}),
        ("/nova/boost/imagine", {"prompt": "a", "disableCdn": "yes"}),
        ("/nova/boost/imagine", {}),
        ("/nova/commands", {"cmd": "dance"}),
        ("/nova/commands", {"cmd": "info", "tokenId": 9}),
        ("/nova/prompt-check", {"prompt": " "}),
        ("/tools/prompt-extend", {}),
    ],
)
async def test_malformed_bodies_answer_400(client: ApiClient, path: str, body):
    """No job, no price."""
    before = client.api.credits
    assert (await client.call("POST", path, body)).status == 400
    assert (client.api.credits, len(client.api.jobs)) == (before, 0)


async def test_boost_is_quicker_and_can_do_without_copies(client: ApiClient):
    """A boosted grid and its button have only the original's address when asked so."""
    first = await made(client, "/nova/boost/imagine", {"prompt": "a fox", "disableCdn": True})
    body = {"messageId": first["messageId"], "button": "U1", "disableCdn": True}
    second = await made(client, "/nova/boost/button", body)
    plain = await client.pressed((await client.grid("a fox"))["messageId"], "U1")
    for record in (first, second):
        assert "uri" not in record
        assert "images" not in record
        assert (await client.picture(record["originalUrl"])).width > 0
    jobs = client.api.jobs
    assert jobs[second["messageId"]].seconds < jobs[plain["messageId"]].seconds


@pytest.mark.parametrize(
    ("prompt", "status", "word"),
    [
        ("a red fox", "SUCCESS", ""),
        ("Gore, more gore", "FAIL", "gore"),
        ("gorey tales", "SUCCESS", ""),
        ("a fox scenario:prompt-refused", "FAIL", "refused"),
    ],
)
async def test_prompt_check(client: ApiClient, prompt: str, status: str, word: str):
    """Banned words are named, at no price."""
    before = client.api.credits
    body = (await client.call("POST", "/nova/prompt-check", {"prompt": prompt})).body
    assert (body["status"], word in body.get("message", "")) == (status, True)
    assert client.api.credits == before


async def test_prompt_extend_keeps_words_and_flags(client: ApiClient):
    """More in between, the flags at the end, at no price."""
    before = client.api.credits
    body = (await client.call("POST", "/tools/prompt-extend", {"prompt": "a red fox --ar 3:2"})).body
    assert body["prompt"].startswith("a red fox, ")
    assert body["prompt"].endswith(" --ar 3:2")
    assert len(body["prompt"]) > 60
    assert client.api.credits == before


async def test_prompt_extend_can_answer_with_flags(client: ApiClient):
    """The scenario adds flags, braces and a URL to one longer prompt, and leaves checks alone."""
    client.api.faults.choose("flags-in-longer-prompt", times=2)
    checked = (await client.call("POST", "/nova/prompt-check", {"prompt": "a red fox"})).body
    assert checked == {"status": "SUCCESS"}
    longer = (await client.call("POST", "/tools/prompt-extend", {"prompt": "a red fox"})).body["prompt"]
    assert longer.startswith("a red fox, ")
    assert all(part in longer for part in ("—raw", "—no fear", "{calm, wild}", "https://", "--turbo --ar 16:9"))


async def test_linked_accounts_are_listed_with_their_credentials(client: ApiClient):
    """Lists everywhere, and a credential that the reader has to drop."""
    everyone = (await client.call("GET", "/discord/tokens")).body
    one = (await client.call("GET", "/discord/token/2")).body
    assert one == [everyone[1]]
    assert all(account["token"].startswith(CREDENTIAL) for account in everyone)
    assert "relaxedUsuage" in one[0]["info"]


async def test_a_linked_account_is_switched(client: ApiClient):
    """On by PUT, and it stays so; unknown ones and text are refused."""
    assert (await client.call("PUT", "/discord/token/2", {"isActive": True})).body[0]["isActive"] is True
    assert (await client.call("GET", "/discord/token/2")).body[0]["isActive"] is True
    assert (await client.call("PUT", "/discord/token/2", {"isActive": "true"})).status == 400
    statuses = [(await client.call(method, "/discord/token/9", {"isActive": True})).status for method in ("GET", "PUT")]
    assert statuses == [404, 404]


async def test_a_trace_names_the_linked_account(client: ApiClient):
    """By number; an unknown job has none."""
    job = (await client.grid("a fox"))["messageId"]
    body = (await client.call("GET", f"/message/trace/{job}")).body
    assert (body["messageId"], body["tokenId"], body["tokenStatus"]) == (job, 1, "FAST")
    assert "token" not in body
    assert (await client.call("GET", "/message/trace/nothing")).status == 404


@pytest.mark.parametrize("path", ["/nova/commands", "/midjourney/commands"])
async def test_commands_are_jobs_that_end_with_a_text(client: ApiClient, path: str):
    """Relax changes the mode that info then shows."""
    before = client.api.credits
    await made(client, path, {"cmd": "relax", "tokenId": 2})
    record = await made(client, path, {"cmd": "info", "tokenId": "2"})
    assert "jobMode: Relax" in record["response"]["content"][0]
    assert before - client.api.credits == 2
    assert (await client.call("GET", "/discord/token/2")).body[0]["status"] == "RELAX"


async def test_scenarios_apply_to_every_submission(client: ApiClient):
    """By a word in the prompt or among the contents."""
    contents = [{"type": "text", "text": "a fox scenario:queue-full"}]
    assert (await client.call("POST", "/universal/imagine", {"contents": contents})).status == 403
    record = await client.ended(await client.submit("/flux/imagine", {"prompt": "a fox scenario:fails-at-60"}))
    assert record["status"] == "FAIL"
