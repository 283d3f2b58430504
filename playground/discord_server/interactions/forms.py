"""What a member chose in a select menu or filled into a modal, checked as Discord's client does."""

from collections.abc import Iterator
from typing import Any

from playground.discord_server.base.errors import Refused
from playground.discord_server.base.json import Json
from playground.discord_server.validation import components as c

from .resolved import Resolved


def selected(component: Json, values: Any, resolved: Resolved) -> list[str]:
    """The values of a select menu, group or file upload; Refused when there are too few, too many or wrong ones."""
    chosen = [str(value) for value in values] if isinstance(values, list) else []
    least = component.get("min_values")
    least = 1 if least is None else least
    most = c.most_values(component)
    if not least <= len(chosen) <= most and not (not chosen and component.get("required") is False):
        raise Refused(f"Choose between {least} and {most}.")
    try:
        for value in chosen:
            look_up(component, value, resolved)
    except KeyError:
        raise Refused("This can't be chosen here.") from None
    return chosen


def look_up(component: Json, value: str, resolved: Resolved) -> None:
    """Make sure that a chosen value exists; KeyError when it does not."""
    lookups = {5: resolved.user, 6: resolved.role, 7: resolved.mentionable, 8: resolved.channel}
    lookups[c.FILE_UPLOAD] = resolved.attachment
    if component["type"] in lookups:
        lookups[component["type"]](value)
    elif value not in [option["value"] for option in component["options"]]:
        raise KeyError(value)


def answers_in(components: Any) -> Iterator[tuple[str, Any]]:
    """What a client sent for each custom_id, however it is nested."""
    for component in components if isinstance(components, list) else []:
        if not isinstance(component, dict):
            continue
        if isinstance(component.get("custom_id"), str):
            yield component["custom_id"], component.get("values", component.get("value"))
        yield from answers_in(component.get("components"))
        yield from answers_in([component.get("component")])


def submitted(modal: Json, answers: dict[str, Any], resolved: Resolved) -> list[Json]:
    """The components of a modal's submission, in the order of the modal."""
    return [item(component, answers, resolved) for component in modal["components"]]


def item(component: Json, answers: dict[str, Any], resolved: Resolved) -> Json:
    """One component of the submission, with what it holds."""
    sent: Json = {"type": component["type"], "id": component.get("id", 0)}
    if component["type"] == c.ROW:
        sent["components"] = [item(each, answers, resolved) for each in component["components"]]
    elif component["type"] == c.LABEL:
        sent["component"] = item(component["component"], answers, resolved)
    elif component["type"] != c.TEXT_DISPLAY:
        given = answers.get(component["custom_id"])
        sent |= {"custom_id": component["custom_id"], **held(component, given, resolved)}
    return sent


def held(component: Json, given: Any, resolved: Resolved) -> Json:
    """What an interactive component of a modal was given: a value, or values."""
    if component["type"] == c.TEXT_INPUT:
        return {"value": written(component, given)}
    if component["type"] == c.CHECKBOX:
        return {"value": bool(given)}
    if component["type"] == c.RADIO_GROUP:
        chosen = selected(component, [given] if given else [], resolved)
        return {"value": chosen[0] if chosen else None}
    return {"values": selected(component, given or [], resolved)}


def written(component: Json, given: Any) -> str:
    """The text of an input; what the member leaves alone keeps its prefilled value."""
    text = str(component.get("value") or "" if given is None else given)
    name = component.get("label") or component["custom_id"]
    if not text and component.get("required") is not False:
        raise Refused(f"“{name}” is required.")
    if text and len(text) < (component.get("min_length") or 0):
        raise Refused(f"“{name}” needs at least {component['min_length']} characters.")
    if len(text) > (component.get("max_length") or 4000):
        raise Refused(f"“{name}” takes at most {component.get('max_length') or 4000} characters.")
    return text
