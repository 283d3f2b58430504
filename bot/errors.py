"""The base of all errors with a text for the user."""


class UserError(Exception):
    """An error that the user can understand and act on; `text` is shown to them unchanged.

    It says what happened and what to do next, and never contains a secret, a URL or a traceback.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
