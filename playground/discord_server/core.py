"""The parts of the local Discord, put together."""

from .base.clock import Clock, Snowflakes
from .base.identify_limits import IdentifyLimits
from .base.rate_limits import Limits, RateLimits
from .gateway.gateway import Gateway
from .interactions.answers import Answers
from .interactions.registry import Interactions
from .interactions.selections import Selections
from .messages.compose import Composer
from .observe.faults import Faults
from .observe.request_log import RequestLog
from .state.files import Files
from .state.registered_commands import Commands
from .state.signed_urls import UrlSigner
from .state.world import World


class Core:
    """What every part of the server may reach: state, gateway, interactions, limits, faults, log of requests."""

    def __init__(
        self, token: str, limits: Limits, shards: int, answer_seconds: float, identify_limits: IdentifyLimits
    ) -> None:
        self.shards = shards  # what /gateway/bot recommends
        self.clock = Clock()
        self.snowflakes = Snowflakes(self.clock)
        self.url_signer = UrlSigner(self.clock)
        self.files = Files(self.snowflakes, self.url_signer)
        self.world = World(self.clock, self.snowflakes)
        self.commands = Commands(self.snowflakes, self.clock)
        self.gateway = Gateway(self.world, token, identify_limits, self.url_signer)
        self.interactions = Interactions(self.world, self.gateway, answer_seconds)
        self.selections = Selections(self.world)
        self.composer = Composer(self.world, self.files)
        self.answers = Answers(self.composer, self.interactions)
        self.limits = RateLimits(self.clock, limits)
        self.faults = Faults(self.gateway, self.interactions, self.limits, self.composer)
        self.request_log = RequestLog()

    @property
    def token(self) -> str:
        """The bot's token; another one after too many logins."""
        return self.gateway.token

    def transcript(self) -> str:
        """The last messages and requests, for the error text of a wait that timed out."""
        return f"last messages:\n{self.world.tail()}\nlast requests:\n{self.request_log.tail()}"
