"""Words alone, in the form that job replies have: a message that once had that form can't go back to plain content."""

from discord import ui


def plain_view(text: str) -> ui.LayoutView:
    """A view that says the text and nothing else."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view
