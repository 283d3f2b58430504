"""The undocumented upload of input pictures."""

from typing import Any

import pytest

from tests.playground.imaginepro.client import ApiClient

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def place(client: ApiClient, filename: str = "fox.png") -> dict[str, Any]:
    """Where a file may be sent."""
    reply = await client.call("POST", "/discord/image/upload/url", {"filename": filename})
    assert reply.status == 200
    return reply.body


async def sent(client: ApiClient, address: str, data: bytes = PICTURE, content_type: str = "image/png") -> int:
    """The status of sending a file there."""
    async with client.web.put(address, data=data, headers={"Content-Type": content_type}) as reply:
        return reply.status


def public(signed: str) -> str:
    """Where a file that was sent there can be read."""
    return signed.partition("?")[0].replace("/upload/sign/", "/public/")


async def test_a_file_is_kept(client: ApiClient):
    """Its address ends in its name, and asks for no key."""
    found = await place(client)
    assert set(found) == {"path", "token", "signedUrl"}
    assert (await client.bytes_of(public(found["signedUrl"])))[0] == 404
    assert await sent(client, found["signedUrl"]) == 200
    assert await client.bytes_of(public(found["signedUrl"])) == (200, PICTURE)
    assert public(found["signedUrl"]).endswith("-fox.png")


async def test_a_place_is_used_once_and_with_its_token(client: ApiClient):
    """A wrong token and a second file are refused, and so is what is no picture."""
    found = await place(client)
    assert await sent(client, found["signedUrl"].replace("token=", "token=x")) == 400
    assert await sent(client, found["signedUrl"], content_type="text/plain") == 415
    assert await sent(client, found["signedUrl"], data=b"") == 413
    assert [await sent(client, found["signedUrl"]) for _ in range(2)] == [200, 400]


@pytest.mark.parametrize("filename", ["", "a/b.png", 7, None])
async def test_a_file_needs_a_name(client: ApiClient, filename: Any):
    """A name without folders."""
    reply = await client.call("POST", "/discord/image/upload/url", {"filename": filename})
    assert reply.status == 400


async def test_uploads_can_fail(client: ApiClient):
    """At the call, at the storage, and without a word."""
    client.api.faults.choose("no-uploads")
    assert (await client.call("POST", "/discord/image/upload/url", {"filename": "fox.png"})).status == 404
    found = await place(client)
    client.api.faults.choose("upload-refused")
    assert await sent(client, found["signedUrl"]) == 403
    client.api.faults.choose("upload-lost")
    assert await sent(client, found["signedUrl"]) == 200
    assert (await client.bytes_of(public(found["signedUrl"])))[0] == 404
