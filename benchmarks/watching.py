"""What members of a local Discord were shown of their jobs, and when; the same for bots of any kind."""

import re
from collections import defaultdict
from dataclasses import dataclass

from playground.discord_server import DiscordServer, media, texts
from playground.discord_server.observe.request_log import LoggedRequest
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.imaginepro import Job, Status

_PERCENT = re.compile(r"(\d{1,3})\s?%")


@dataclass(frozen=True, slots=True)
class Look:
    """A state in which an interaction's reply was shown: when, at how many percent, with which pictures."""

    time: float
    percent: int | None
    pictures: frozenset[str]
    files: int


class Watch:
    """Looks at everything a local Discord shows and is asked, from its making on."""

    def __init__(self, discord: DiscordServer) -> None:
        self._clock = discord.clock
        self._looks: dict[str, list[Look]] = defaultdict(list)
        self.edits = 0
        self.refused = 0
        discord.world.listeners.append(self._message)
        discord.request_log.listeners.append(self._request)

    def looks(self, interaction_id: str) -> list[Look]:
        """How the reply of an interaction was shown, oldest first."""
        return self._looks[interaction_id]

    def finished(self, interaction_id: str, job: Job) -> float | None:
        """When the job's result was shown; None when it never was."""
        done = job.moves[-1][0] if job.status is Status.DONE else None
        looks = self._looks[interaction_id]
        return next((look.time for look in looks if done is not None and look.time >= done and _has(look, job)), None)

    def delays(self, interaction_id: str, job: Job) -> list[float]:
        """Seconds from each change of the job's progress until it, or a later one, was to be seen."""
        end = self.finished(interaction_id, job)
        seen = [(look.time, look.percent) for look in self._looks[interaction_id] if look.percent is not None]
        found: list[float] = []
        for moment, status, percent in job.moves:
            if status is Status.PROCESSING and percent > 0:
                shown = [time for time, shown in seen if time >= moment and shown >= percent]
                found += [time - moment for time in [*shown, end][:1] if time is not None]
        return found

    def _message(self, event: str, channel: Channel, stored: StoredMessage) -> None:
        if stored.interaction_id is None or event == "message_delete":
            return
        message = stored.message
        percent = _PERCENT.search(texts(message))
        pictures = frozenset(str(each["url"]) for each in media(message))
        shown = int(percent[1]) if percent else None
        self._looks[stored.interaction_id].append(Look(self._clock.now(), shown, pictures, len(stored.files)))

    def _request(self, entry: LoggedRequest) -> None:
        self.refused += entry.status == 429
        self.edits += entry.method == "PATCH" and entry.status == 200 and "/messages/" in entry.route


def _has(look: Look, job: Job) -> bool:
    return look.files > 0 or job.outcome.get("uri") in look.pictures
