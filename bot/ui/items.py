"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import enhanced, history_view, job_buttons, region, singles

ITEMS = (*job_buttons.ITEMS, *singles.ITEMS, *region.ITEMS, *enhanced.ITEMS, *history_view.ITEMS)
"""What is registered with the client once, so that buttons of any age work."""
