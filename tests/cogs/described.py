"""Described pictures for tests: the reply of a finished /describe, and prompts of a test's own on it."""

from collections.abc import Callable
from typing import Any

from playground.discord_server import Outcome, Upload
from tests.support.stage import Message, Stage, ended, picture


async def describing(stage: Stage, **options: Any) -> Outcome:
    """What came of Mia's /describe, answered in time; of a picture of hers unless `options` say otherwise."""
    outcome = await stage.mia.slash(
        stage.channel, "describe", **(options or {"image": Upload("fox.png", picture("navy"))})
    )
    assert outcome.error is None
    return outcome


async def described(stage: Stage, *prompts: str, **options: Any) -> Message:
    """The ended reply of Mia's /describe; its buttons find these prompts when there are any."""
    message = await (await describing(stage, **options)).wait_for(ended)
    if prompts:
        await stage.store.update(job_id(message), texts=prompts)
    return message


def job_id(message: Message) -> str:
    """The job that a message's buttons belong to."""
    custom_ids = str(message["components"]).split("'custom_id': 'ip1:")[1:]
    return custom_ids[0].split(":")[1]


def says(sentence: str) -> Callable[[Message], bool]:
    """Whether a message holds this text anywhere."""
    return lambda message: sentence in str(message)
