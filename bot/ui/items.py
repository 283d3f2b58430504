"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import (
    confirm_buttons,
    cut_out_menu,
    describe_buttons,
    enhanced,
    job_buttons,
    region,
    video_buttons,
)

ITEMS = (
    *job_buttons.ITEMS,
    *describe_buttons.ITEMS,
    *confirm_buttons.ITEMS,
    *video_buttons.ITEMS,
    *cut_out_menu.ITEMS,
    *region.ITEMS,
    *enhanced.ITEMS,
)
"""What is registered with the client once, so that buttons of any age work."""
