"""The requests to Midjourney."""

import re
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from bot.imaginepro import ImagineProClient, JobOptions, Submission
from bot.services import prices
from bot.services.follow_ups.catalog import follow_up
from bot.services.kinds.base import BaseRequest, parent_of
from bot.services.kinds.result_kind import ResultKind
from bot.services.prompt import Prompt
from bot.store import JobKind, JobRecord, NewJob

_ABOUT_MODELS = re.compile(r"\bnot compatible with `?--", re.IGNORECASE)
_MODEL_HINT = "Leave the flag out, or choose another version: with Remix in the message's menu, or /imagine."
_ABOUT_FACES = re.compile(r"\bfaces?\b", re.IGNORECASE)


def blend_name(urls: Sequence[str]) -> str:
    """The name of a blend of these pictures. Two calls of the API make one."""
    return f"Blend of {len(urls)} pictures"


class _PromptRequest(BaseRequest):
    """A request with a prompt that has flags; `notes` are what its model makes of them."""

    notes: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        return self.notes

    def hint(self, reason: str) -> str:
        return _MODEL_HINT if _ABOUT_MODELS.search(reason) else ""


class ImagineRequest(_PromptRequest):
    """Four pictures from a prompt; `boost` asks for quicker progress.

    `blended` are the prompt's pictures when it has no words: Midjourney blends them.
    """

    kind: Literal[JobKind.IMAGINE] = JobKind.IMAGINE
    boost: bool = False
    blended: tuple[str, ...] = ()

    @classmethod
    def of(cls, prompt: Prompt, *, boost: bool = False) -> "ImagineRequest":
        """The request for this prompt."""
        return cls(boost=boost, blended=() if prompt.text else prompt.image_urls, notes=prompt.notes)

    @property
    def name(self) -> str:
        return blend_name(self.blended) if self.blended else ""

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.blended

    def cost(self, job: NewJob) -> int | None:
        return self.price(job.mode)

    def price(self, mode: str) -> int | None:
        """The published price in this mode, in credits. Turbo and boost have none."""
        return None if self.boost else {"fast": prices.IMAGINE_FAST, "relax": prices.IMAGINE_RELAX}.get(mode)

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        if self.boost:
            return await api.boost_imagine(job.prompt, **options)
        return await api.imagine(job.prompt, **options)


class FollowUpRequest(_PromptRequest):
    """A press of a follow-up button; some take a new prompt, a mask (Base64) or a zoom factor (1 to 2).

    `of_video` is set for buttons under a video: their results are videos too.
    """

    kind: Literal[JobKind.FOLLOW_UP] = JobKind.FOLLOW_UP
    boost: bool = False
    prompt: str | None = None
    mask: str | None = Field(default=None, repr=False)
    zoom: float | None = None
    of_video: bool = False

    def makes_video(self, job: NewJob) -> bool:
        return self.of_video or (job.button is not None and follow_up(job.button).makes_video)

    def cost(self, job: NewJob) -> int | None:
        """The button's published price in credits. Boost has none."""
        return None if self.boost or job.button is None else follow_up(job.button).cost_credits

    def check(self, job: NewJob) -> None:
        parent_of(job)
        _button_of(job)

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        parent, button = parent_of(job), _button_of(job)
        if self.boost:
            return await api.boost_press(parent, button, prompt=self._prompt(job), mask=self.mask, **options)
        return await api.press(parent, button, prompt=self._prompt(job), mask=self.mask, **options)

    def _prompt(self, job: JobRecord) -> str | None:
        """The prompt to send with the button. Midjourney reads the factor of a custom zoom from its end."""
        if self.zoom is None:
            return self.prompt
        return f"{self.prompt or job.prompt} --zoom {self.zoom:g}".strip()


def _button_of(job: NewJob) -> str:
    if job.button is None:
        raise LookupError(f"job {job.id} is a follow-up without a button")
    return job.button


class DescribeRequest(BaseRequest):
    """Four prompts that describe a picture."""

    kind: Literal[JobKind.DESCRIBE] = JobKind.DESCRIBE
    result: ClassVar[ResultKind] = ResultKind.TEXTS
    url: str

    @property
    def name(self) -> str:
        return "Describe"

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.url,)

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.describe(self.url, **options)


class FaceSwapRequest(BaseRequest):
    """The picture `target` with the face of `source`."""

    kind: Literal[JobKind.FACE_SWAP] = JobKind.FACE_SWAP
    source: str
    target: str

    @property
    def name(self) -> str:
        return "Face swap"

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.source, self.target

    def hint(self, reason: str) -> str:
        return "Use two pictures with one clear face each." if _ABOUT_FACES.search(reason) else ""

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.faceswap(self.source, self.target, **options)


class BlendRequest(BaseRequest):
    """Two to five pictures blended into four."""

    kind: Literal[JobKind.BLEND] = JobKind.BLEND
    urls: tuple[str, ...] = Field(min_length=2, max_length=5)

    @property
    def name(self) -> str:
        return blend_name(self.urls)

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.urls

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.blend(self.urls, **options)
