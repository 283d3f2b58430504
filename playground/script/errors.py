"""How a scenario can go wrong, each with the sentence that is printed."""


class StepSyntaxError(Exception):
    """A line that can't be understood; nothing has been started yet. The text says what was expected."""


class StepFailure(Exception):
    """A step that did not go as written. The text says what there was instead."""


class BotOffline(Exception):
    """The bot did not come online."""
