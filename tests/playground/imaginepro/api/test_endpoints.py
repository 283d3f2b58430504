"""The endpoints when nothing goes wrong, and how they refuse what is malformed."""

import pytest

from tests.playground.imaginepro.client import ApiClient
from tests.playground.imaginepro.specification import FILE, check

GRID = ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
ARROWS = ["\u2b05\ufe0f", "\u27a1\ufe0f", "\u2b06\ufe0f", "\u2b07\ufe0f"]
WIDER = ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom", *ARROWS]
SINGLE = [*("Vary (Subtle)", "Vary (Strong)", "Vary (Region)"), *WIDER, "Animate (High motion)", "Animate (Low motion)"]


@pytest.mark.skipif(not FILE.exists(), reason="the API's description does not lie beside this repository")
def test_the_description_refuses_a_wrong_reply():
    """Replies are really held against the description."""
    with pytest.raises(ValueError, match="credits"):
        check("/subscription/account-info", 200, {"type": "STARTER"})


@pytest.mark.parametrize("path", ["/nova/imagine", "/midjourney/imagine"])
async def test_imagine_ends_with_a_grid(client: ApiClient, path: str):
    """A prompt becomes a grid with its tiles and buttons, under either spelling."""
    job = await client.submit(path, {"prompt": "a red fox", "ref": "job-42"})
    record = await client.done(job)
    assert record["buttons"] == GRID
    assert len(record["images"]) == 4
    assert (record["messageId"], record["originatingMessageId"], record["ref"]) == (job, job, "job-42")
    assert (record["progress"], record["prompt"]) == (100, "a red fox")


@pytest.mark.parametrize("path", ["/nova/button", "/midjourney/button"])
async def test_a_button_starts_a_job_of_its_own(client: ApiClient, path: str):
    """U2 gives a single picture whose record names the root."""
    grid = await client.grid("a red fox")
    job = await client.submit(path, {"messageId": grid["messageId"], "button": "U2"})
    record = await client.done(job)
    assert job != grid["messageId"]
    assert record["originatingMessageId"] == grid["messageId"]
    assert "images" not in record
    assert client.api.jobs[job].parent == grid["messageId"]


@pytest.mark.parametrize("path", ["/message/fetch", "/midjourney/message"])
async def test_progress_tells_the_same_under_either_spelling(client: ApiClient, path: str):
    """Both addresses give the record."""
    grid = await client.grid("a red fox")
    assert (await client.call("GET", f"{path}/{grid['messageId']}")).body == grid


async def test_percentages_climb_and_previews_move(started):
    """Between submission and end the percentage rises, and each preview has an address of its own."""
    async with started(speed=0.1) as client:
        job = await client.imagine("a red fox")
        seen = [await client.record(job)]
        client.api.at("sk-playground").queue.speed = 100.0
        await client.until(job, lambda record: seen.append(record) or record["status"] == "DONE")
    percents = [record["progress"] for record in seen]
    previews = {
        record["progress"]: record["uri"] for record in seen if record["status"] == "PROCESSING" and "uri" in record
    }
    assert percents == sorted(percents)
    assert len(set(percents)) >= 6
    assert len(set(previews.values())) == len(previews) >= 4
    assert seen[0]["status"] == "SUBMITTED"
    assert "buttons" not in seen[0]


async def test_previews_are_temporary(started):
    """A preview can be fetched while it is new, not after the job."""
    async with started(speed=20.0) as client:
        job = await client.imagine("a red fox")
        preview = (await client.until(job, lambda record: "uri" in record))["uri"]
        assert (await client.picture(preview)).width > 0
        await client.done(job)
        assert (await client.bytes_of(preview))[0] == 404


@pytest.mark.parametrize("path", ["/nova/images", "/midjourney/images"])
async def test_history_is_paged_newest_first(client: ApiClient, path: str):
    """Finished pictures by page; a button's job has its label."""
    grid = await client.grid("a red fox")
    single = await client.pressed(grid["messageId"], "U1")
    pages = [(await client.call("GET", f"{path}?page={page}&size=1")).body["images"] for page in (1, 2, 3)]
    assert [[item["id"] for item in page] for page in pages] == [[single["messageId"]], [grid["messageId"]], []]
    assert (pages[0][0]["button"], pages[0][0]["uri"]) == ("U1", single["uri"])


async def test_history_refuses_nonsense(client: ApiClient):
    """Pages start at 1 and are numbers."""
    replies = [await client.call("GET", f"/nova/images?{query}") for query in ("page=0", "size=x")]
    assert [reply.status for reply in replies] == [400, 400]


async def test_a_wrong_key_is_refused(client: ApiClient):
    """401 with the documented body, on every endpoint."""
    reply = await client.call("POST", "/nova/imagine", {"prompt": "a fox"}, key="sk-wrong")
    assert (reply.status, reply.body) == (401, {"message": "Unauthorized", "error": "Unauthorized", "statusCode": 401})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Prompt is required."),
        ({"prompt": "   "}, "Prompt is required."),
        ({"prompt": 7}, "Prompt is required."),
        ({"prompt": "a", "timeout": 5}, "timeout must be an integer between 10 and 900"),
        ({"prompt": "a", "ref": 5}, "ref must be a string"),
        ({"prompt": "a", "webhookOverride": "ftp://x"}, "webhookOverride must be a URL address"),
        ([1, 2], "The body must be a JSON object."),
    ],
)
async def test_a_malformed_submission_answers_400(client: ApiClient, body, message: str):
    """The useful text is in `message`, `error` is the reason phrase."""
    reply = await client.call("POST", "/nova/imagine", body)
    assert (reply.status, reply.body) == (400, {"message": message, "error": "Bad Request", "statusCode": 400})
    assert not client.api.jobs


async def test_unknown_jobs_and_paths_answer_404(client: ApiClient):
    """As the API words it, in JSON."""
    replies = [
        await client.call("GET", "/message/fetch/nothing"),
        await client.call("POST", "/nova/button", {"messageId": "nothing", "button": "U1"}),
        await client.call("POST", "/nova/nothing", {}),
    ]
    assert [reply.body["statusCode"] for reply in replies] == [404, 404, 404]


async def test_a_button_the_job_does_not_offer_answers_400(client: ApiClient):
    """Labels count exactly; a missing mask counts too."""
    grid = await client.grid("a red fox")
    single = await client.pressed(grid["messageId"], "U1")
    presses = [(grid, "Zoom Out 2x"), (grid, ""), (single, "U1"), (single, "\u2b05"), (single, "Vary (Region)")]
    replies = [
        await client.call("POST", "/nova/button", {"messageId": record["messageId"], "button": label})
        for record, label in presses
    ]
    assert [reply.status for reply in replies] == [400] * 5


@pytest.mark.parametrize(
    ("prompt", "path", "expected"),
    [
        ("a fox", ["U1"], ["Upscale (Subtle)", "Upscale (Creative)", *SINGLE]),
        ("a fox --v 5.2", ["U1"], ["Upscale (2x)", "Upscale (4x)", *SINGLE]),
        ("a fox --v 5", ["U1", "Upscale (4x)"], ["Redo Upscale (2x)", "Redo Upscale (4x)"]),
        ("a fox", ["U1", "Upscale (Subtle)"], ["Redo Upscale (Subtle)", "Redo Upscale (Creative)"]),
        ("a fox", ["U1", "Animate (High motion)"], ["U1", "U2", "U3", "U4", "🔄"]),
        ("a fox", ["U1", "Animate (Low motion)", "🔄", "U3"], ["Extend (High motion)", "Extend (Low motion)"]),
    ],
)
async def test_singles_offer_what_their_model_has(client: ApiClient, prompt: str, path: list[str], expected):
    """Upscales by model, variations, zooms, arrows and Animate; only Redo after an upscale; films have their own.

    What is of use on Midjourney's own site alone comes last, as far as a grid has none of it.
    """
    record = await client.grid(prompt)
    for label in path:
        record = await client.pressed(record["messageId"], label)
    hidden = [] if "U1" in expected else ["❤️", "🔖", "✉️", "Favorite", "Web", ""]
    assert record["buttons"] == [*expected, *hidden]


async def test_make_square_is_for_what_is_not_square(client: ApiClient):
    """It appears under a wide single and not once the picture is square."""
    grid = await client.grid("a fox --ar 3:2")
    single = await client.pressed(grid["messageId"], "U1")
    square = await client.pressed(single["messageId"], "Make Square")
    assert "Make Square" in single["buttons"]
    assert square["buttons"] == GRID
    again = await client.pressed(square["messageId"], "U1")
    assert "Make Square" not in again["buttons"]


@pytest.mark.parametrize(
    "prompt", ["a fox --nonsense 3", "a fox --ar wide", "a fox --ar 0:1", "a fox --seed x", "--ar 3:2"]
)
async def test_flags_that_make_no_sense_fail_the_job(client: ApiClient, prompt: str):
    """Midjourney complains once the job runs, not at the submission."""
    record = await client.ended(await client.imagine(prompt))
    assert record["status"] == "FAIL"
    assert record["error"].startswith("Invalid p")


async def test_cancel_ends_a_running_job(started):
    """The cancelled job turns to FAIL; once ended there is nothing to cancel."""
    async with started(speed=20.0) as client:
        job = await client.imagine("a red fox")
        await client.until(job, lambda record: record["status"] == "PROCESSING")
        await client.press(job, "Cancel Job")
        record = await client.ended(job)
        again = await client.call("POST", "/nova/button", {"messageId": job, "button": "Cancel Job"})
    assert (record["status"], record["error"]) == ("FAIL", "The job was cancelled.")
    assert again.status == 400


async def test_the_journal_holds_every_request(client: ApiClient):
    """Method, path, body and status, and never the key."""
    await client.imagine("a red fox")
    await client.call("GET", "/message/fetch/nothing")
    first, second = client.api.request_log
    assert (first.method, first.path, first.body, first.status) == (
        "POST",
        "/api/v1/nova/imagine",
        {"prompt": "a red fox"},
        200,
    )
    assert (second.status, "sk-playground" in repr(client.api.request_log)) == (404, False)
