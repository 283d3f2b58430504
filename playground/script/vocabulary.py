"""Every way to write a step."""

from playground.script.steps import acting, forms, looking, people, process, suggestions, troubles

PHRASES = (
    *people.PHRASES,
    *acting.PHRASES,
    *forms.PHRASES,
    *suggestions.PHRASES,
    *looking.PHRASES,
    *troubles.PHRASES,
    *process.PHRASES,
)
