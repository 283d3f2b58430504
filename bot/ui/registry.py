"""The persistent buttons, menus and forms, which have to work in any process and on messages of any age."""

from bot.ui import confirm as confirm_buttons
from bot.ui.base import forms
from bot.ui.buttons import describe as describe_buttons
from bot.ui.buttons import job_buttons, press, region, singles
from bot.ui.buttons import video as video_buttons
from bot.ui.panels import enhance as enhance_buttons
from bot.ui.panels import history as history_buttons
from bot.ui.panels import remix
from bot.ui.panels import remove_background as remove_background_menu

ITEMS = (
    *job_buttons.ITEMS,
    *singles.ITEMS,
    *describe_buttons.ITEMS,
    *confirm_buttons.ITEMS,
    *video_buttons.ITEMS,
    *remove_background_menu.ITEMS,
    *region.ITEMS,
    *enhance_buttons.ITEMS,
    *history_buttons.ITEMS,
    *forms.ITEMS,
)
"""The classes to register with `Client.add_dynamic_items` at start."""

FORMS = (
    *press.FORMS,
    *region.FORMS,
    *describe_buttons.FORMS,
    *enhance_buttons.FORMS,
    *remix.FORMS,
    forms.UnknownForm,
)
"""The classes to register with `Arrivals.add_forms` at start. The last one fits every form."""
