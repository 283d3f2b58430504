"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import (
    confirm_buttons,
    cut_out_menu,
    describe_buttons,
    enhanced,
    history_view,
    job_buttons,
    region,
    singles,
    video_buttons,
)

ITEMS = (
    *job_buttons.ITEMS,
    *singles.ITEMS,
    *describe_buttons.ITEMS,
    *confirm_buttons.ITEMS,
    *video_buttons.ITEMS,
    *cut_out_menu.ITEMS,
    *region.ITEMS,
    *enhanced.ITEMS,
    *history_view.ITEMS,
)
"""What is registered with the client once, so that buttons of any age work."""
