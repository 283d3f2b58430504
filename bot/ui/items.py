"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import job_buttons, video_buttons

ITEMS = (*job_buttons.ITEMS, *video_buttons.ITEMS)
"""What is registered with the client once, so that buttons of any age work."""
