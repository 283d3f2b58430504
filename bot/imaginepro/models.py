"""What the image API says, as frozen models that survive every contradiction in its documentation."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.imaginepro import parsing as wire
from bot.imaginepro.parsing import described

Text = Annotated[str | None, BeforeValidator(wire.text)]
Identifier = Annotated[str, BeforeValidator(wire.identifier)]
OptionalIdentifier = Annotated[str | None, BeforeValidator(wire.identifier)]
Reason = Annotated[str | None, BeforeValidator(wire.reason)]
Address = Annotated[str | None, BeforeValidator(wire.web_address)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(wire.web_addresses)]
Texts = Annotated[tuple[str, ...], BeforeValidator(wire.texts)]
Labels = Annotated[tuple[str, ...], BeforeValidator(wire.labels)]
Percent = Annotated[int | None, BeforeValidator(wire.percent)]
Credits = Annotated[int | None, BeforeValidator(wire.credit_count)]
Moment = Annotated[datetime | None, BeforeValidator(wire.moment)]


class JobStatus(StrEnum):
    """Where a job is; DONE and FAILED are the only ends (docs.imaginepro.ai/api-215981214)."""

    SUBMITTED = "SUBMITTED"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    FAILED = "FAILED"

    @property
    def is_terminal(self) -> bool:
        """True when the job will never change again."""
        return self in {JobStatus.DONE, JobStatus.FAILED}

    @classmethod
    def read(cls, value: object) -> "JobStatus | None":
        """The status in the API's words; an unknown word means still running, `None` that there is no word."""
        word = wire.text(value)
        if word is None:
            return None
        word = word.upper()
        return _SPELLINGS.get(word) or (cls(word) if word in cls.__members__ else cls.PROCESSING)


# CANCELLED is in no page. A cancelled job never gets a picture, so reading it as "still running", as other
# unknown words are, would only keep somebody waiting until the job's time is over.
_SPELLINGS = {
    "FAIL": JobStatus.FAILED,
    "ERROR": JobStatus.FAILED,
    "CANCELLED": JobStatus.FAILED,
    "CANCELED": JobStatus.FAILED,
    "PENDING": JobStatus.QUEUED,
}


class Reply(BaseModel):
    """Base of the models: frozen, camelCase in, snake_case out, unknown fields ignored, empty ones absent."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_fields(cls, data: object) -> object:
        if isinstance(data, cls):
            return data
        return {name: value for name, value in wire.record(data).items() if not wire.is_empty(value)}


class Submission(Reply):
    """The id of a job the API has just accepted (docs.imaginepro.ai/imagine)."""

    message_id: Identifier = Field(validation_alias=AliasChoices("messageId", "message_id"))
    created_at: Moment = Field(default=None, validation_alias=AliasChoices("createdAt", "created_at"))


class Job(Reply):
    """One job's record: the answer of Get Progress and the body of a webhook (docs.imaginepro.ai/api-215981214).

    `percent` is whole percent from 0 to 100, `None` when the API does not say. `image_url` is a preview while
    the job runs and the result once it is done. `tiles` are the four cut pictures in the order U1 to U4, and
    usable as such only when there are four. `buttons` are labels to send back exactly as they are. `root_id` is
    the first job of the family. `error` is the API's reason for a failure, on one line and without a key.
    `texts` are the prompts a describe has found (of other jobs, the lines of their prompt). Times are UTC.
    """

    message_id: Identifier = Field(validation_alias=AliasChoices("messageId", "message_id"))
    status: JobStatus
    percent: Percent = Field(default=None, validation_alias=AliasChoices("progress", "percent"))
    image_url: Address = Field(default=None, validation_alias=AliasChoices("uri", "image_url"))
    original_url: Address = Field(default=None, validation_alias=AliasChoices("originalUrl", "original_url"))
    tiles: Addresses = Field(default=(), validation_alias=AliasChoices("images", "tiles"))
    buttons: Labels = ()
    error: Reason = None
    prompt: Text = None
    texts: Texts = ()
    root_id: OptionalIdentifier = Field(
        default=None, validation_alias=AliasChoices("originatingMessageId", "originalMessageId", "root_id")
    )
    ref: Text = None
    created_at: Moment = Field(default=None, validation_alias=AliasChoices("createdAt", "created_at"))
    updated_at: Moment = Field(default=None, validation_alias=AliasChoices("updatedAt", "updated_at"))

    @model_validator(mode="before")
    @classmethod
    def _status_of_older_replies(cls, data: object) -> object:
        """Older replies have no status: 100 percent with a picture is done, anything else is running."""
        if isinstance(data, cls):
            return data
        fields = wire.record(data)
        status = JobStatus.read(fields.get("status"))
        if status is None:
            complete = wire.percent(fields.get("progress", fields.get("percent"))) == 100
            status = JobStatus.DONE if complete and _has_result(fields) else JobStatus.PROCESSING
        return {"texts": described(fields)} | fields | {"status": status}

    @classmethod
    def from_body(cls, body: object, *, polled_id: str) -> Self:
        """The job in a decoded JSON body; `polled_id` is its id where the body names none. Never raises."""
        fields = wire.record(body)
        named = wire.identifier(fields.get("messageId"))
        return cls.model_validate(fields | {"messageId": named or polled_id})

    @property
    def has_picture(self) -> bool:
        """True when there is a picture to show; a job can be DONE without one."""
        return self.image_url is not None


def _has_result(fields: dict[str, object]) -> bool:
    return any(wire.web_address(fields.get(name)) for name in ("uri", "image_url", "videoUrl", "video_url"))


class Account(Reply):
    """Plan and credits of the key (docs.imaginepro.ai/api-240330451); the owner's e-mail is never kept.

    `credits`, `credits_extra` and `credits_quota` are whole credits, `None` when the API does not say.
    """

    plan: Text = Field(default=None, validation_alias=AliasChoices("type", "plan"))
    credits: Credits = None
    credits_extra: Credits = Field(default=None, validation_alias=AliasChoices("creditsExtra", "credits_extra"))
    credits_quota: Credits = Field(default=None, validation_alias=AliasChoices("creditsQuota", "credits_quota"))
    expires_at: Moment = Field(default=None, validation_alias=AliasChoices("expiredAt", "expires_at"))

    @property
    def balance(self) -> int | None:
        """Credits left, the plan's and the extra ones together; `None` when the API names neither."""
        if self.credits is None and self.credits_extra is None:
            return None
        return (self.credits or 0) + (self.credits_extra or 0)


class HistoryItem(Reply):
    """One picture of the account's last 24 hours (docs.imaginepro.ai/api-215995453)."""

    message_id: Identifier = Field(validation_alias=AliasChoices("id", "messageId", "message_id"))
    kind: Text = Field(default=None, validation_alias=AliasChoices("type", "kind"))
    button: Text = None
    prompt: Text = None
    image_url: Address = Field(default=None, validation_alias=AliasChoices("uri", "image_url"))
    created_at: Moment = Field(default=None, validation_alias=AliasChoices("createdAt", "created_at"))

    @classmethod
    def page_from(cls, body: object) -> list[Self] | None:
        """The pictures of a page, entries without an id left out; `None` when the body has no list at all."""
        fields = wire.record(body)
        listed = fields.get("images", body)
        entries = [] if listed is None and fields else wire.array(listed)
        if entries is None:
            return None
        return [cls.model_validate(entry) for entry in map(_identified, entries) if entry["id"]]


def _identified(entry: object) -> dict[str, object]:
    fields = wire.record(entry)
    return fields | {"id": wire.identifier(fields.get("id")) or wire.identifier(fields.get("messageId"))}


@dataclass(frozen=True, slots=True)
class Picture:
    """A downloaded picture: its bytes and the content type the server named."""

    data: bytes = field(repr=False)
    content_type: str
