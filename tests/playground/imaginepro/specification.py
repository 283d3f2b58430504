"""The API's own description, where it lies beside the repository: every reply is held against it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

FILE = Path(__file__).parents[4] / "shared" / "imaginepro" / "openapi.yaml"

_SCHEMAS = {
    "/nova/imagine": "JobAccepted",
    "/midjourney/imagine": "JobAccepted",
    "/nova/button": "JobAccepted",
    "/midjourney/button": "JobAccepted",
    **dict.fromkeys(
        (
            *(f"/{house}/{name}" for house in ("nova", "midjourney") for name in ("describe", "faceswap", "blend")),
            *("/nova/boost/imagine", "/nova/boost/button", "/nova/commands", "/midjourney/commands"),
            *("/flux/imagine", "/flux/upscale", "/tools/remove-bg", "/universal/imagine", "/gemini/imagine"),
            *("/universal/zimage", "/video/mj/generate", "/video/mj/extend"),
        ),
        "JobAccepted",
    ),
    "/nova/prompt-check": "PromptCheckResult",
    "/tools/prompt-extend": "PromptExtendResult",
    "/nova/images": "HistoryPage",
    "/midjourney/images": "HistoryPage",
    "/subscription/account-info": "AccountInfo",
}

_FAMILIES = {
    "/discord/token": "LinkedToken",
    "/message/trace/": "MessageTrace",
    "/video/mj/fetch/": "VideoMessage",
}

# What is no part of the description.
_UNPUBLISHED = ("/queue/", "/banned-words", "/discord/image/")


@lru_cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def schema_name(path: str, status: int) -> str:
    """Which schema a reply must satisfy."""
    if status >= 300:
        return "ApiError"
    under = next((name for start, name in _FAMILIES.items() if path.startswith(start)), "Message")
    return _SCHEMAS.get(path.split("?", maxsplit=1)[0], under)


def check(path: str, status: int, body: Any) -> None:
    """Raise when a reply departs from the description; nothing when there is no description here."""
    if FILE.exists() and not path.startswith(_UNPUBLISHED):
        name = schema_name(path, status)
        for part in body if name == "LinkedToken" else [body]:
            _validator(name).validate(part)
