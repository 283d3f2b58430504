"""The steps of a script, and every way to write them (`STEP_PATTERNS`)."""

from . import actions, autocomplete, expectations, faults, forms, members, process

STEP_PATTERNS = (
    *members.STEP_PATTERNS,
    *actions.STEP_PATTERNS,
    *forms.STEP_PATTERNS,
    *autocomplete.STEP_PATTERNS,
    *expectations.STEP_PATTERNS,
    *faults.STEP_PATTERNS,
    *process.STEP_PATTERNS,
)
