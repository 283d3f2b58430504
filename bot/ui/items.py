"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import history_view, job_buttons, singles

ITEMS = (*job_buttons.ITEMS, *singles.ITEMS, *history_view.ITEMS)
"""What is registered with the client once, so that buttons of any age work."""
