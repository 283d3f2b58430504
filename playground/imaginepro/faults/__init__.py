"""Everything that can go wrong, by name: what a test or a person can choose."""

from .board import FaultBoard, UnknownFault
from .catalogue import CATALOGUE, GROUPS

__all__ = ["CATALOGUE", "GROUPS", "FaultBoard", "UnknownFault"]
