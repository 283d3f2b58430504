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
    "/nova/images": "HistoryPage",
    "/midjourney/images": "HistoryPage",
    "/subscription/account-info": "AccountInfo",
}


@lru_cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def schema_name(path: str, status: int) -> str:
    """Which schema a reply must satisfy."""
    return _SCHEMAS.get(path.split("?", maxsplit=1)[0], "Message") if status < 300 else "ApiError"


def check(path: str, status: int, body: Any) -> None:
    """Raise when a reply departs from the description; nothing when there is no description here."""
    if FILE.exists():
        _validator(schema_name(path, status)).validate(body)
