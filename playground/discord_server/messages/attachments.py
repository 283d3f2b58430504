"""Which files a message has after a request: kept ones and new ones."""

from collections.abc import Mapping

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.state.files import Files, Upload
from playground.discord_server.validation.problems import Problems

MOST = 10


def attached(
    store: Files, folder: str, body: Json, uploads: Mapping[str, Upload], *, present: list[Json]
) -> list[Json]:
    """The attachment objects: those the body lists, kept or new; uploads it does not mention come last."""
    listed = body.get("attachments")
    found = list(present) if listed is None else []
    left = dict(uploads)
    problems = Problems()
    for index, entry in enumerate(listed or []):
        known = next((each for each in present if each["id"] == str(entry["id"])), None)
        upload = left.pop(str(entry["id"]), None) if known is None else None
        if known is None and upload is None:
            place = ("attachments", index, "id")
            problems.add(place, "ATTACHMENT_NOT_FOUND", f"Attachment data not found for id {entry['id']}")
            continue
        found.append(described(known or store.keep(folder, renamed(upload, entry)), entry))
    found += [store.keep(folder, upload) for upload in left.values()]
    if len(found) > MOST:
        problems.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST} or fewer in length.")
    problems.raise_if_any()
    return found


def renamed(upload: Upload | None, entry: Json) -> Upload:
    """The upload under the name the body gives it."""
    if upload is None:
        raise refusal("invalid_form")
    return Upload(entry.get("filename") or upload.filename, upload.data, upload.content_type)


def described(attachment: Json, entry: Json) -> Json:
    """The attachment with the alt text and title the body gives it."""
    said = {key: entry[key] for key in ("description", "title") if entry.get(key)}
    return {**attachment, **said}
