"""Collecting what is wrong with a request body, in Discord's nested form."""

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json

Path = tuple[str | int, ...]


class Problems:
    """The mistakes found so far, each at its path in the body."""

    def __init__(self) -> None:
        self.found: list[tuple[Path, str, str]] = []

    def __len__(self) -> int:
        return len(self.found)

    def add(self, path: Path, code: str, message: str) -> None:
        """Note a mistake."""
        self.found.append((path, code, message))

    def extend(self, others: "Problems", path: Path) -> None:
        """Note the mistakes of a part of the body, which stands at that path."""
        self.found += [((*path, *place), code, message) for place, code, message in others.found]

    def nested(self) -> Json:
        """The `errors` object of an answer with code 50035."""
        errors: Json = {}
        for path, code, message in self.found:
            place = errors
            for step in path:
                place = place.setdefault(str(step), {})
            place.setdefault("_errors", []).append({"code": code, "message": message})
        return errors

    def raise_if_any(self) -> None:
        """Refuse the body if anything is wrong with it."""
        if self.found:
            raise refusal("invalid_form", self.nested())


def refuse(path: Path, code: str, message: str) -> None:
    """Refuse the body for one mistake."""
    problems = Problems()
    problems.add(path, code, message)
    problems.raise_if_any()
