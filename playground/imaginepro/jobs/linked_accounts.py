"""The Discord accounts that are linked to an account of the API."""

from __future__ import annotations

from typing import Any

# Not a real credential: tests look for this text where no credential may appear.
CREDENTIAL = "MTA0-playground-credential-never-to-be-shown"


class LinkedAccounts(dict[int, dict[str, Any]]):
    """Two linked accounts by id, as the service lists them: with the credential in clear."""

    def __init__(self) -> None:
        super().__init__({number: _account(number, active=number == 1) for number in (1, 2)})

    def find(self, number: object) -> dict[str, Any] | None:
        """The account with this id, which may come as text."""
        text = str(number)
        return self.get(int(text)) if text.isascii() and text.isdecimal() else None


def _account(number: int, *, active: bool) -> dict[str, Any]:
    return {
        "id": number,
        "token": f"{CREDENTIAL}-{number}",
        "channelId": f"90000000000000010{number}",
        "serverId": f"90000000000000020{number}",
        "isActive": active,
        "status": "FAST",
        "concurrency": 3,
        "info": {
            "jobMode": "Fast",
            "runningJobs": "None",
            # Misspelled by the service as well.
            "relaxedUsuage": "0 images (0.00 hours)",
            "subscription": "Standard (Active monthly)",
            "lifetimeUsage": "1204 images (21.30 hours)",
            "queuedJobsFast": "0",
            "visibilityMode": "Public",
            "queuedJobsRelax": "0",
            "fastTimeRemaining": "11.2/15.0 hours (74.6%)",
        },
    }
