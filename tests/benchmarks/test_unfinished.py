"""Jobs that are there before a bot starts."""

from pathlib import Path

from benchmarks.unfinished import record_running_jobs, refresh_submission_times
from bot.store import Database, JobState, JobStore
from playground.discord_server import DiscordServer
from playground.imaginepro import Simulator, Status


async def test_the_database_the_api_and_discord_know_the_same_jobs(tmp_path: Path) -> None:
    """Each row runs at the API, has a message of its own, and looks as if it had been accepted just now."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with DiscordServer() as discord, Simulator() as api:
        await record_running_jobs(url, discord, api, 3)
        await refresh_submission_times(url)
        async with Database(url) as database:
            jobs = await JobStore(database).unfinished()
        assert {job.remote_id for job in jobs} == api.jobs.keys()
        assert {job.state for job in jobs} == {JobState.RUNNING}
        assert {job.status for job in api.jobs.values()} == {Status.PROCESSING}
        shown = {int(key) for channel in discord.world.channels.values() for key in channel.messages}
        assert {job.reply.message_id for job in jobs} == shown
    assert len(jobs) == len(shown) == 3
