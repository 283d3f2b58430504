"""The steps of a script, and every way to write them (`PHRASES`)."""

from . import acting, forms, looking, people, process, suggestions, troubles

PHRASES = (
    *people.PHRASES,
    *acting.PHRASES,
    *forms.PHRASES,
    *suggestions.PHRASES,
    *looking.PHRASES,
    *troubles.PHRASES,
    *process.PHRASES,
)
