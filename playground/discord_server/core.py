"""The parts of the local Discord, put together."""

from .clock import Clock, Snowflakes
from .commands import Commands
from .faults import Faults
from .files import Files
from .gateway import Gateway
from .interactions.answers import Answers
from .interactions.desk import Interactions
from .journal import Journal
from .logins import Logins
from .messages.compose import Composer
from .ratelimits import Limits, RateLimits
from .signatures import Signatures
from .world import World


class Core:
    """What every part of the server may reach: state, gateway, interactions, limits, faults, journal."""

    def __init__(self, token: str, limits: Limits, shards: int, patience: float, logins: Logins) -> None:
        self.token = token
        self.shards = shards  # what /gateway/bot recommends
        self.clock = Clock()
        self.snowflakes = Snowflakes(self.clock)
        self.signatures = Signatures(self.clock)
        self.files = Files(self.snowflakes, self.signatures)
        self.world = World(self.clock, self.snowflakes)
        self.commands = Commands(self.snowflakes, self.clock)
        self.gateway = Gateway(self.world, token, logins, self.signatures)
        self.interactions = Interactions(self.world, self.gateway, patience)
        self.composer = Composer(self.world, self.files)
        self.answers = Answers(self.composer, self.interactions)
        self.limits = RateLimits(self.clock, limits)
        self.faults = Faults(self.gateway, self.interactions)
        self.journal = Journal()

    def transcript(self) -> str:
        """The last messages and requests, for whoever wonders why something did not come."""
        return f"last messages:\n{self.world.tail()}\nlast requests:\n{self.journal.tail()}"
