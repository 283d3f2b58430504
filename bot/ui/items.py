"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import confirm_buttons, describe_buttons, enhanced, job_buttons, region

ITEMS = (*job_buttons.ITEMS, *region.ITEMS, *enhanced.ITEMS, *describe_buttons.ITEMS, *confirm_buttons.ITEMS)
"""What is registered with the client once, so that buttons of any age work."""
