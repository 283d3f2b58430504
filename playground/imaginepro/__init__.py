"""The ImaginePro API, simulated on a real socket."""

from .api.unpublished import PATHS
from .faults import CATALOGUE
from .jobs.job import Job, Status
from .jobs.rate_limits import Limits
from .simulator import Simulator

__all__ = ["CATALOGUE", "PATHS", "Job", "Limits", "Simulator", "Status"]
