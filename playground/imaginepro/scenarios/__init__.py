"""Everything that can go wrong, by name: what a test or a person can choose to happen."""

from .board import Chosen, ScenarioBoard, UnknownScenario
from .catalogue import CATALOGUE, GROUPS
from .scenario import Call, Course, Scenario, Work

__all__ = ["CATALOGUE", "GROUPS", "Call", "Chosen", "Course", "Scenario", "ScenarioBoard", "UnknownScenario", "Work"]
