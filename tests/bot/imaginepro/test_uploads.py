"""The undocumented upload of an image."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.imaginepro import ImagineProError, PictureGone, PictureNotAllowed, RequestRefused, ServerFault
from bot.imaginepro.calls.uploads import _public_url
from bot.imaginepro.client import ImagineProClient
from tests.bot.imaginepro.conftest import KEY
from tests.bot.imaginepro.scripted_server import Answer, ScriptedServer, reply

SIGNED, PUBLIC = "/storage/v1/object/upload/sign/image/1-fox.png", "/storage/v1/object/public/image/1-fox.png"
IMAGE = b"\x89PNG...."
PNG = {"Content-Type": "image/png"}


def place(api_server: ScriptedServer, **changes: Any) -> Answer:
    """An answer that says where the image may be sent."""
    body = {"path": "1-fox.png", "token": "signed-token", "signedUrl": f"{api_server.url}{SIGNED}?token=signed-token"}
    return reply(body | changes)


async def upload(client: ImagineProClient) -> str:
    return await client.upload_image("fox.png", IMAGE, "image/png")


async def test_an_image_is_sent_and_read_back(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """The URL is public and has the file's suffix; the storage gets the token, and not the key."""
    api_server.script(place(api_server))
    api_server.script(reply({}), path="/sign/")
    api_server.script(reply(IMAGE, headers=PNG), path="/public/")
    assert await upload(client) == f"{api_server.url}{PUBLIC}"
    asked, put, read = api_server.received
    assert (asked.method, asked.raw_path, asked.json) == (
        "POST",
        "/api/v1/discord/image/upload/url",
        {"filename": "fox.png"},
    )
    assert (put.method, put.raw_path, put.body) == ("PUT", f"{SIGNED}?token=signed-token", IMAGE)
    assert (put.headers["Content-Type"], put.headers["Authorization"]) == ("image/png", "Bearer signed-token")
    assert (read.method, read.raw_path, "Authorization" in read.headers) == ("GET", PUBLIC, False)
    assert KEY not in str(put.headers) + str(read.headers)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"": reply({"message": "Cannot POST"}, status=404)}, RequestRefused),
        ({"": reply({})}, ServerFault),
        ({"": reply({"success": False, "message": "Not for you."})}, RequestRefused),
        ({"/sign/": reply({}, status=403)}, RequestRefused),
        ({"/sign/": reply({}, status=503)}, ServerFault),
        ({"/sign/": reply(status=307, headers={"Location": "/elsewhere"})}, RequestRefused),
        ({"/public/": reply(status=404)}, PictureGone),
        ({"/public/": reply(b"other", headers=PNG)}, PictureGone),
    ],
)
async def test_every_step_may_fail(
    answers: dict[str, Answer], error: type[ImagineProError], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """The error is one of the client's own."""
    usual = {"": place(api_server), "/sign/": reply({}), "/public/": reply(IMAGE, headers=PNG)}
    for path, answer in (usual | answers).items():
        api_server.script(answer, path=path)
    with pytest.raises(error):
        await upload(client)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"signedUrl": "http://10.0.0.7/storage"}, PictureNotAllowed),
        ({"signedUrl": "https://127.0.0.1/storage"}, PictureNotAllowed),
        ({"signedUrl": "/relative"}, ServerFault),
        ({"path": "1-fox"}, ServerFault),
        ({"path": None}, ServerFault),
        ({"token": "signed\r\nX-Other: 1"}, ServerFault),
        ({"token": "\u0442oken"}, ServerFault),
    ],
)
async def test_a_place_that_can_not_be_used(
    changes: dict[str, Any],
    error: type[ImagineProError],
    api_server: ScriptedServer,
    build: Callable[..., ImagineProClient],
) -> None:
    """Nothing is sent to a private host, or where the public URL would have no suffix."""
    api_server.script(place(api_server, **changes))
    with pytest.raises(error):
        await upload(build())
    assert {request.method for request in api_server.received} == {"POST"}


def test_a_signed_url_of_another_form() -> None:
    """The public URL is the one that clients use, with the path quoted."""
    found = _public_url("https://storage.example/put?x=1", "a/b c.png")
    assert found == "https://image.imaginepro.ai/storage/v1/object/public/image/a%2Fb%20c.png"
    assert _public_url("https://s.example/storage/v1/object/upload/sign/image/a%20b.png?token=t", "a b.png") == (
        "https://s.example/storage/v1/object/public/image/a%20b.png"
    )
