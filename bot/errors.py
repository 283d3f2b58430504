"""Errors whose text may be read by a user."""


class UserError(Exception):
    """Something a person can understand and act on: `text` is shown to them as it stands.

    The sentence says what happened and what to do next, and never holds a secret, an address or a traceback.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
