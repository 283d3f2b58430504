"""The API's answers as frozen models, tolerant of what its documentation contradicts itself about."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.imaginepro import parsing
from bot.imaginepro.status import JobStatus, failure_reason, status_of

Text = Annotated[str | None, BeforeValidator(parsing.text)]
Identifier = Annotated[str, BeforeValidator(parsing.identifier)]
OptionalIdentifier = Annotated[str | None, BeforeValidator(parsing.identifier)]
Reason = Annotated[str | None, BeforeValidator(parsing.reason)]
Url = Annotated[str | None, BeforeValidator(parsing.web_url)]
Urls = Annotated[tuple[str, ...], BeforeValidator(parsing.web_urls)]
Texts = Annotated[tuple[str, ...], BeforeValidator(parsing.texts)]
Labels = Annotated[tuple[str, ...], BeforeValidator(parsing.labels)]
Percent = Annotated[int | None, BeforeValidator(parsing.percent)]
Credits = Annotated[int | None, BeforeValidator(parsing.credit_count)]
Timestamp = Annotated[datetime | None, BeforeValidator(parsing.timestamp)]


class Reply(BaseModel):
    """Base of the models: frozen, camelCase in, snake_case out; unknown and empty fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_fields(cls, data: object) -> object:
        if isinstance(data, cls):
            return data
        return {name: value for name, value in parsing.json_object(data).items() if not parsing.is_empty(value)}


class Submission(Reply):
    """The id of a job that the API has accepted (docs.imaginepro.ai/imagine)."""

    message_id: Identifier = Field(validation_alias=AliasChoices("messageId", "message_id"))
    created_at: Timestamp = Field(default=None, validation_alias=AliasChoices("createdAt", "created_at"))


class VideoResult(Reply):
    """One video of a job; `index`, from 0, is the argument of `extend_video`."""

    url: str
    index: int


def _video_results(value: object) -> tuple[VideoResult, ...]:
    """The entries with a usable URL; a missing index is the position in the list."""
    plain = (entry.model_dump() if isinstance(entry, VideoResult) else entry for entry in parsing.items(value))
    entries = enumerate(map(parsing.json_object, plain))
    return tuple(
        VideoResult(url=url, index=position if (named := parsing.credit_count(entry.get("index"))) is None else named)
        for position, entry in entries
        if (url := parsing.web_url(entry.get("url")))
    )


class Job(Reply):
    """A job as the API reports it, when polled or by webhook (docs.imaginepro.ai/api-215981214).

    `percent` is whole percent from 0 to 100, `None` when the API does not say. `image_url` is a preview while
    the job runs and the result once it is done. `tiles` are the four cut pictures in the order U1 to U4, and
    usable only when there are four. `video_url` is its first video, in the record of any call, as some buttons
    make videos; `results` are all of them. `buttons` are labels to send back unchanged. `root_id` is the first
    job of a chain of follow-ups. `error` is the API's reason for a failure, on one line and without a key. `texts`
    are the prompts found by describe (of other jobs, the lines of their prompt). `ref` is the name that its submission
    gave it; `has_ref` is True where the API says, as it is documented to, whether there was one. Times are UTC.
    """

    message_id: Identifier = Field(validation_alias=AliasChoices("messageId", "message_id"))
    status: JobStatus
    percent: Percent = Field(default=None, validation_alias=AliasChoices("progress", "percent"))
    image_url: Url = Field(default=None, validation_alias=AliasChoices("uri", "image_url"))
    original_url: Url = Field(default=None, validation_alias=AliasChoices("originalUrl", "original_url"))
    tiles: Urls = Field(default=(), validation_alias=AliasChoices("images", "tiles"))
    video_url: Url = Field(default=None, validation_alias=AliasChoices("videoUrl", "video_url"))
    results: Annotated[tuple[VideoResult, ...], BeforeValidator(_video_results)] = ()
    buttons: Labels = ()
    error: Reason = None
    prompt: Text = None
    texts: Texts = ()
    root_id: OptionalIdentifier = Field(
        default=None, validation_alias=AliasChoices("originatingMessageId", "originalMessageId", "root_id")
    )
    ref: Text = None
    has_ref: bool = False
    created_at: Timestamp = Field(default=None, validation_alias=AliasChoices("createdAt", "created_at"))
    updated_at: Timestamp = Field(default=None, validation_alias=AliasChoices("updatedAt", "updated_at"))

    @model_validator(mode="before")
    @classmethod
    def _note_ref(cls, data: object) -> object:
        """Note whether the field is there: it is empty for a job that was submitted without a name."""
        if isinstance(data, cls):
            return data
        fields = parsing.json_object(data)
        return {"has_ref": "ref" in fields} | fields

    @model_validator(mode="before")
    @classmethod
    def _read_end(cls, data: object) -> object:
        """Read the status and the reason of a failure, which the record may name in several ways."""
        if isinstance(data, cls):
            return data
        fields = parsing.json_object(data)
        status = status_of(fields)
        error = failure_reason(fields) if status is JobStatus.FAILED else fields.get("error")
        return {"texts": parsing.prompt_texts(fields)} | fields | {"status": status, "error": error}

    @classmethod
    def from_body(cls, body: object, *, polled_id: str) -> Self:
        """The job in a decoded JSON body; `polled_id` is used when the body has no id. Never raises."""
        fields = parsing.json_object(body)
        named = parsing.identifier(fields.get("messageId"))
        return cls.model_validate(fields | {"messageId": named or polled_id})

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture to show; a job can be DONE without one."""
        return self.image_url is not None

    @property
    def has_video(self) -> bool:
        """Whether the record names a video; a job can be DONE without one."""
        return self.video_url is not None or bool(self.results)


class Account(Reply):
    """The plan and credits of an API key (docs.imaginepro.ai/api-240330451), without the owner's e-mail.

    `credits`, `credits_extra` and `credits_quota` are whole credits, `None` when the API does not say.
    """

    plan: Text = Field(default=None, validation_alias=AliasChoices("type", "plan"))
    credits: Credits = None
    credits_extra: Credits = Field(default=None, validation_alias=AliasChoices("creditsExtra", "credits_extra"))
    credits_quota: Credits = Field(default=None, validation_alias=AliasChoices("creditsQuota", "credits_quota"))
    expires_at: Timestamp = Field(default=None, validation_alias=AliasChoices("expiredAt", "expires_at"))

    @property
    def balance(self) -> int | None:
        """Credits left, including extra ones; `None` when the API reports neither."""
        if self.credits is None and self.credits_extra is None:
            return None
        return (self.credits or 0) + (self.credits_extra or 0)


class HistoryItem(Reply):
    """A picture of the account's last 24 hours (docs.imaginepro.ai/api-215995453)."""

    message_id: Identifier = Field(validation_alias=AliasChoices("id", "messageId", "message_id"))
    kind: Text = Field(default=None, validation_alias=AliasChoices("type", "kind"))
    button: Text = None
    prompt: Text = None
    image_url: Url = Field(default=None, validation_alias=AliasChoices("uri", "image_url"))
    created_at: Timestamp = Field(default=None, validation_alias=AliasChoices("createdAt", "created_at"))

    @classmethod
    def page_from(cls, body: object) -> list[Self] | None:
        """The pictures of a page, without entries that have no id; `None` when the body has no list."""
        fields = parsing.json_object(body)
        listed = fields.get("images", body)
        entries = [] if listed is None and fields else parsing.json_array(listed)
        if entries is None:
            return None
        return [cls.model_validate(entry) for entry in map(_with_id, entries) if entry["id"]]


def _with_id(entry: object) -> dict[str, object]:
    fields = parsing.json_object(entry)
    return fields | {"id": parsing.identifier(fields.get("id")) or parsing.identifier(fields.get("messageId"))}


@dataclass(frozen=True, slots=True)
class Picture:
    """A downloaded picture: its bytes and the content type sent by the server."""

    data: bytes = field(repr=False)
    content_type: str
