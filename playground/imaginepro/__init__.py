"""The ImaginePro API, simulated on a real socket."""

from .jobs import Job, Status
from .limits import Limits
from .scenarios import CATALOGUE
from .simulator import Simulator

__all__ = ["CATALOGUE", "Job", "Limits", "Simulator", "Status"]
