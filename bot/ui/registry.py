"""Everything that can be pressed, chosen or opened and has to work for ever."""

from bot.ui import confirm as confirm_buttons
from bot.ui.buttons import describe as describe_buttons
from bot.ui.buttons import job_buttons, region, singles
from bot.ui.buttons import video as video_buttons
from bot.ui.panels import enhance as enhanced
from bot.ui.panels import history as history_view
from bot.ui.panels import remove_background as cut_out_menu

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
