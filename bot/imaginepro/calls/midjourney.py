"""Calls for Midjourney jobs: start, press buttons, cancel, poll, list."""

from collections.abc import Sequence
from typing import Unpack

from bot.imaginepro.errors import RequestRefused, ServerFault
from bot.imaginepro.http.base import Api, JobOptions
from bot.imaginepro.http.rate_limit import Priority
from bot.imaginepro.http.transport import Call
from bot.imaginepro.models import HistoryItem, Job, Submission
from bot.imaginepro.status import CANCEL_BUTTON

BLEND_PICTURES = range(2, 6)
_OLD_PICTURE_HINT = "The picture may be too old for this button."


class Midjourney(Api):
    """The Midjourney calls, and the progress of every job but videos."""

    async def imagine(self, prompt: str, **options: Unpack[JobOptions]) -> Submission:
        """Start a job for `prompt` (docs.imaginepro.ai/imagine). Costs credits."""
        return await self._submit(f"/{self._prefix}/imagine", {"prompt": prompt}, options)

    async def boost_imagine(
        self, prompt: str, *, disable_cdn: bool = False, **options: Unpack[JobOptions]
    ) -> Submission:
        """Like `imagine`, with faster progress (docs.imaginepro.ai, Generate Image Boost). The price is not documented.

        It is documented only in the current spelling. With `disable_cdn` pictures are not copied: only
        `Job.original_url` is usable, for 24 hours.
        """
        fields = {"prompt": prompt, "disableCdn": disable_cdn}
        return await self._submit("/nova/boost/imagine", fields, options)

    async def press(
        self,
        message_id: str,
        button: str,
        *,
        prompt: str | None = None,
        mask: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission:
        """Start a job by pressing a button of job `message_id` (imaginepro.ai/docs/button). May cost credits.

        `button` is the label exactly as the job lists it. `mask` is Base64 without a `data:` prefix, white where
        the picture may change, and belongs to `Vary (Region)` (docs.imaginepro.ai/api-215991738).
        """
        fields = {"messageId": message_id, "button": button, "prompt": prompt, "mask": mask}
        return await self._submit(f"/{self._prefix}/button", fields, options, hint=_OLD_PICTURE_HINT)

    async def boost_press(
        self,
        message_id: str,
        button: str,
        *,
        disable_cdn: bool = False,
        prompt: str | None = None,
        mask: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission:
        """Like `press`, with faster progress (docs.imaginepro.ai, Button Boost). May cost credits."""
        fields = {"messageId": message_id, "button": button, "prompt": prompt, "mask": mask, "disableCdn": disable_cdn}
        return await self._submit("/nova/boost/button", fields, options, hint=_OLD_PICTURE_HINT)

    async def cancel(self, message_id: str) -> None:
        """Ask the API to stop a running job (docs.imaginepro.ai/api-215986177); its status shows when it has.

        Whether credits come back is not documented.
        """
        fields = {"messageId": message_id, "button": CANCEL_BUTTON}
        await self._accepted(f"/{self._prefix}/button", fields, rank=Priority.CANCEL)

    async def describe(self, url: str, **options: Unpack[JobOptions]) -> Submission:
        """Start a job that finds prompts for the picture at `url` (imaginepro.ai/docs/image2text), see `Job.texts`.

        The picture should be smaller than about 1 MB. The price is not documented.
        """
        return await self._submit(f"/{self._prefix}/describe", {"url": url}, options)

    async def faceswap(self, source: str, target: str, **options: Unpack[JobOptions]) -> Submission:
        """Start a job that puts the face of picture `source` on picture `target`, both public URLs.

        Of several faces the left-most is used. The price is not documented.
        """
        return await self._submit(f"/{self._prefix}/faceswap", {"source": source, "target": target}, options)

    async def blend(self, urls: Sequence[str], **options: Unpack[JobOptions]) -> Submission:
        """Start a job that blends 2 to 5 pictures (imaginepro.ai/docs/blend); ValueError for any other number.

        Only the older spelling is clearly documented. A 404 for the current one has created nothing, so the older one
        is tried then. The price is not documented.
        """
        if len(urls) not in BLEND_PICTURES:
            raise ValueError(f"Blend takes 2 to 5 pictures, not {len(urls)}.")
        fields = {"urls": list(urls)}
        try:
            return await self._submit(f"/{self._prefix}/blend", fields, options)
        except RequestRefused as error:
            if error.status != 404 or self._prefix == "midjourney":
                raise
        return await self._submit("/midjourney/blend", fields, options)

    async def progress(self, message_id: str) -> Job:
        """The job as it is now (docs.imaginepro.ai/api-215981214). Free. A failed job is returned, not raised."""
        path = "/message/fetch" if self._prefix == "nova" else f"/{self._prefix}/message"
        return Job.from_body(await self._request(self._read_of_job(path, message_id)), polled_id=message_id)

    async def history(
        self, *, page: int = 1, size: int = 10, priority: Priority = Priority.LOOKUP
    ) -> list[HistoryItem]:
        """One page of the last 24 hours' pictures (docs.imaginepro.ai/api-215995453); a short page is the last.

        Entries without an id are left out. An answer without a list is a `ServerFault`, not an empty page: a job
        looked for here must not be taken for missing.
        """
        params = {"page": str(page), "size": str(size)}
        call = Call("GET", f"/{self._prefix}/images", params=params, rank=priority)
        found = HistoryItem.page_from(await self._request(call))
        if found is None:
            raise ServerFault(status=200)
        return found
