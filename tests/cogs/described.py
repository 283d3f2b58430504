"""Finished /describe replies for tests, with prompts that the test chooses."""

from collections.abc import Callable
from typing import Any

from playground.discord_server import Outcome, Upload
from tests.bot.records import rewritten
from tests.support.stage import Message, Stage, ended, picture


async def use_describe(stage: Stage, **options: Any) -> Outcome:
    """The outcome of Mia's /describe, answered in time; `options` replace the attached picture."""
    outcome = await stage.mia.slash(
        stage.channel, "describe", **(options or {"image": Upload("fox.png", picture("navy"))})
    )
    assert outcome.error is None
    return outcome


async def finished_description(stage: Stage, *prompts: str, **options: Any) -> Message:
    """The finished reply to Mia's /describe; `prompts` replace those that the API found."""
    message = await (await use_describe(stage, **options)).wait_for(ended)
    if prompts:
        await rewritten(stage.store, job_id(message), texts=prompts)
    return message


def job_id(message: Message) -> str:
    """The id of the job that a message's buttons belong to."""
    custom_ids = str(message["components"]).split("'custom_id': 'ip1:")[1:]
    return custom_ids[0].split(":")[1]


def contains(sentence: str) -> Callable[[Message], bool]:
    """A check whether a message contains this text."""
    return lambda message: sentence in str(message)
