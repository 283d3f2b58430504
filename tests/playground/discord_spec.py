"""Discord's own specification as a judge of what a bot sent and what the local Discord answered.

The specification lies beside the repository where it is available; without it the tests that need it skip.

    spec = discord_spec()
    assert spec.complaints(server.journal) == []
    assert spec.of_payload("MessageResponse", message) == []

What happens in the whole suite is judged by `specification_judge`.
"""

import copy
import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from playground.discord_server.observe.request_log import LoggedRequest

SPEC_FILE = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"
PLACEHOLDER = re.compile(r"\{\w+\}")
Json = dict[str, Any]
# The specification's own schema of nested errors fits none that Discord sends: their codes are words, not numbers.
ERROR_DETAILS: Json = {
    "type": "object",
    "properties": {
        "_errors": {
            "type": "array",
            "items": {"type": "object", "required": ["code", "message"], "additionalProperties": {"type": "string"}},
        }
    },
    "additionalProperties": {"$ref": "#/components/schemas/ErrorDetails"},
}


class Spec:
    """Discord's specification, its schemas compiled when they are first needed."""

    def __init__(self, document: Json) -> None:
        self._operations = {PLACEHOLDER.sub("{}", path): item for path, item in document["paths"].items()}
        self._answers = document["components"]["responses"]
        self._schemas = document["components"]["schemas"] | {"ErrorDetails": ERROR_DETAILS}
        self._compiled: dict[tuple[str, ...], Any] = {}

    def complaints(self, entries: Iterable[LoggedRequest]) -> list[str]:
        """What is wrong with the accepted requests and with all answers, a line each."""
        found: list[str] = []
        for entry in entries:
            if self._operation(entry) and 0 < entry.status < 500:
                found += (self.of_request(entry) if entry.status < 300 else []) + self.of_response(entry)
        return found

    def of_payload(self, name: str, payload: Any) -> list[str]:
        """What is wrong with an object that the specification has a schema for."""
        validator = self._validator((name,), {"$ref": f"#/components/schemas/{name}"})
        return [f"{name}: {error}" for error in errors(validator, payload)]

    def of_request_body(self, name: str, body: Any) -> list[str]:
        """What is wrong with a body that the specification has a schema for; ids may be text or numbers."""
        return errors(self._validator((name, "request"), {"$ref": f"#/components/schemas/{name}"}), body)

    def of_request(self, entry: LoggedRequest) -> list[str]:
        """What is wrong with a request's body; ids may be text or numbers, as Discord takes both."""
        operation = self._operation(entry)
        content = operation.get("requestBody", {}).get("content", {})
        if entry.body is None or "application/json" not in content:
            return []
        validator = self._validator((entry.method, entry.route, "request"), content["application/json"]["schema"])
        return [f"request {line(entry)}: {error}" for error in errors(validator, entry.body)]

    def of_response(self, entry: LoggedRequest) -> list[str]:
        """What is wrong with an answer's status or body."""
        answers = self._operation(entry)["responses"]
        status = "4XX" if entry.status >= 400 and str(entry.status) not in answers else str(entry.status)
        if status not in answers:
            return [f"response {line(entry)}: the status is not documented, only {sorted(answers)}"]
        answer = (
            self._answers[answers[status]["$ref"].rpartition("/")[2]] if "$ref" in answers[status] else answers[status]
        )
        content = answer.get("content", {})
        if "application/json" not in content:
            return []
        key = (entry.method, entry.route, "response", status)
        validator = self._validator(key, content["application/json"]["schema"])
        return [f"response {line(entry)}: {error}" for error in errors(validator, entry.response)]

    def _operation(self, entry: LoggedRequest) -> Json:
        """The operation as specified; empty for what Discord answers without having specified it."""
        return self._operations.get(PLACEHOLDER.sub("{}", entry.route), {}).get(entry.method.lower(), {})

    def _validator(self, key: tuple[str, ...], schema: Json) -> Any:
        if key not in self._compiled:
            schemas = self._schemas
            if "request" in key:
                schemas = {**schemas, "SnowflakeType": {"type": ["string", "integer"]}}
            whole = {**copy.deepcopy(schema), "components": {"schemas": schemas}}
            self._compiled[key] = jsonschema_rs.validator_for(whole)
        return self._compiled[key]


def errors(validator: Any, value: Any) -> list[str]:
    """The complaints of a validator, short enough to read."""
    return [
        f"{'/'.join(str(step) for step in each.instance_path)}: {str(each.message)[:400]}"
        for each in validator.iter_errors(value)
    ]


def line(entry: LoggedRequest) -> str:
    """Which exchange it was."""
    return f"{entry.method} {entry.route} {entry.status}"


@functools.cache
def loaded() -> Spec | None:
    """The specification, if it is there."""
    return Spec(json.loads(SPEC_FILE.read_text())) if SPEC_FILE.is_file() else None


def discord_spec() -> Spec:
    """The specification; skips the calling test where it is absent."""
    spec = loaded()
    if spec is None:
        pytest.skip("Discord's specification (shared/discord/openapi.json beside the repository) is not here")
    return spec
