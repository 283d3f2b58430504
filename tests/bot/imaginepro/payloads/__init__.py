"""Recorded bodies for every form of the API's answers."""

import json
from pathlib import Path
from typing import Any

JOB_ID = "1f0c7d2e-5a4b-4c8e-9d11-0a6b3c2d4e01"
HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def payload(name: str) -> Any:
    """The decoded body recorded under this name."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
