"""What is set for a server, or for the direct messages with one member."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db.database import Database
from bot.store.db.schema import guild_settings

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """`boost`: follow-up buttons use the API's boosted calls. `check_prompts`: prompts are checked before they cost."""

    boost: bool = False
    check_prompts: bool = False


class GuildSettingsStore:
    """Reads and writes what is set for places; `place_id` is a server's id, or a channel's of direct messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, place_id: int) -> GuildSettings:
        """What is set there; the defaults where nothing was ever set."""
        query = sa.select(guild_settings.c.boost, guild_settings.c.check_prompts).where(guild_settings.c.id == place_id)
        row = (await self._database.run(lambda connection: connection.execute(query))).mappings().first()
        return GuildSettings(**row) if row is not None else GuildSettings()

    async def put(self, place_id: int, settings: GuildSettings) -> None:
        """Set this for the place."""
        values = asdict(settings)

        async def write(connection: AsyncConnection) -> None:
            # In one statement: two that found nothing set would both insert, and the second fail.
            insert = _INSERTS[connection.dialect.name](guild_settings).values(id=place_id, **values)
            await connection.execute(insert.on_conflict_do_update(index_elements=[guild_settings.c.id], set_=values))

        await self._database.run(write)
