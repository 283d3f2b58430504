"""Every way to write a step."""

from playground.script.steps import acting, forms, looking, people, process, troubles

PHRASES = (
    *people.PHRASES,
    *acting.PHRASES,
    *forms.PHRASES,
    *looking.PHRASES,
    *troubles.PHRASES,
    *process.PHRASES,
)
