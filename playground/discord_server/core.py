"""The parts of the local Discord, put together."""

from .base.clock import Clock, Snowflakes
from .base.identify_limits import Logins
from .base.rate_limits import Limits, RateLimits
from .gateway.gateway import Gateway
from .interactions.answers import Answers
from .interactions.desk import Interactions
from .messages.compose import Composer
from .observe.faults import Faults
from .observe.request_log import Journal
from .state.files import Files
from .state.registered_commands import Commands
from .state.signed_urls import Signatures
from .state.world import World


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
