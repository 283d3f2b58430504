"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import enhanced, job_buttons, region

ITEMS = (*job_buttons.ITEMS, *region.ITEMS, *enhanced.ITEMS)
"""What is registered with the client once, so that buttons of any age work."""
