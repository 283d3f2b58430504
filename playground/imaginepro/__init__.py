"""The ImaginePro API, simulated on a real socket."""

from .jobs import Job, Status
from .limits import Limits
from .scenarios import CATALOGUE
from .simulator import Simulator
from .unpublished import PATHS

__all__ = ["CATALOGUE", "PATHS", "Job", "Limits", "Simulator", "Status"]
