"""The vendor's own Python SDK against the simulated API."""

import asyncio

import pytest
from imaginepro import Button, ImagineParams, ImagineProSDK, ImagineProSDKOptions
from imaginepro.types import ButtonPressParams, InpaintingParams, RerollParams, UpscaleParams, VariantParams

from tests.playground.imaginepro.client import ApiClient


@pytest.fixture
def sdk(client: ApiClient) -> ImagineProSDK:
    """The SDK pointed at the simulator. Its interval must be a number of seconds; 0 polls at once."""
    options = ImagineProSDKOptions("sk-playground", base_url=client.api.url, default_timeout=20, fetch_interval=0)
    return ImagineProSDK(options)


async def test_the_sdk_generates_waits_and_upscales(client: ApiClient, sdk: ImagineProSDK):
    """From a prompt to the picture of an upscaled tile, in the SDK's own words."""

    def work() -> tuple[dict, dict]:
        submitted = sdk.imagine(ImagineParams(prompt="a red fox", ref="from-the-sdk"))
        grid = sdk.fetch_message(submitted["messageId"])
        upscaled = sdk.upscale(UpscaleParams(message_id=submitted["messageId"], index=2))
        return grid, sdk.fetch_message(upscaled["messageId"])

    grid, single = await asyncio.to_thread(work)
    assert (grid["status"], grid["ref"], single["status"]) == ("DONE", "from-the-sdk", "DONE")
    assert (await client.picture(single["uri"])).size == (160, 160)
    assert client.api.jobs[single["messageId"]].button == "U2"


async def test_the_sdk_varies_rerolls_and_presses(client: ApiClient, sdk: ImagineProSDK):
    """Its other calls for buttons, too."""

    def work() -> list[str]:
        grid = sdk.imagine(ImagineParams(prompt="a red fox"))["messageId"]
        sdk.fetch_message(grid)
        single = sdk.upscale(UpscaleParams(message_id=grid, index=1))["messageId"]
        sdk.fetch_message(single)
        replies = [
            sdk.variant(VariantParams(message_id=grid, index=3)),
            sdk.reroll(RerollParams(message_id=grid)),
            sdk.press_button(ButtonPressParams(message_id=single, button="Zoom Out 2x")),
            sdk.inpainting(InpaintingParams(message_id=single, mask="UklGRg==", prompt="a blue scarf")),
        ]
        return [sdk.fetch_message(reply["messageId"])["status"] for reply in replies]

    assert await asyncio.to_thread(work) == ["DONE"] * 4
    assert Button.REROLL == "🔄"


async def test_the_sdk_raises_the_reason_phrase(client: ApiClient, sdk: ImagineProSDK):
    """It shows `error` and drops `message`, as it does with the real service."""
    with pytest.raises(Exception, match=r"^Bad Request$"):
        await asyncio.to_thread(sdk.imagine, ImagineParams(prompt=""))


async def test_the_sdk_stumbles_over_a_missing_status(client: ApiClient, sdk: ImagineProSDK):
    """The older record's shape is one its own SDK does not survive."""
    job = await client.imagine("a fox scenario:missing-status")
    with pytest.raises(KeyError, match="status"):
        await asyncio.to_thread(sdk.fetch_message, job)
