"""Which components may stand where, and what all of them together may not exceed."""

from collections.abc import Iterator, Sequence
from typing import Any

from playground.discord_server.base.json import Json

from . import components as c
from .problems import Path, Problems

LEGACY_TOP = (c.ROW,)
IN_CONTAINER = (c.ROW, c.SECTION, c.TEXT_DISPLAY, c.GALLERY, c.FILE, c.SEPARATOR)
V2_TOP = (*IN_CONTAINER, c.CONTAINER)
MODAL_TOP = (c.ROW, c.TEXT_DISPLAY, c.LABEL)
IN_ROW = (c.BUTTON, *c.SELECTS)
IN_LABEL = (c.TEXT_INPUT, *c.SELECTS, c.FILE_UPLOAD, c.RADIO_GROUP, c.CHECKBOX_GROUP, c.CHECKBOX)
INSIDE: dict[int, Sequence[int]] = {
    c.ROW: IN_ROW,
    c.SECTION: (c.TEXT_DISPLAY,),
    c.CONTAINER: IN_CONTAINER,
}
HELD_ALONE: dict[int, tuple[str, Sequence[int]]] = {
    c.SECTION: ("accessory", (c.BUTTON, c.THUMBNAIL)),
    c.LABEL: ("component", IN_LABEL),
}


def walk(components: Any, path: Path) -> Iterator[tuple[Json, Path]]:
    """Every component with its path, depth first, in the order in which Discord numbers them.

    Fields that a component's kind does not have are ignored, so they may hold anything.
    """
    for index, component in enumerate(components if isinstance(components, list) else []):
        if not isinstance(component, dict):
            continue
        here = (*path, index)
        yield component, here
        yield from walk(component.get("components"), (*here, "components"))
        for name, _ in HELD_ALONE.values():
            if isinstance(component.get(name), dict):
                yield component[name], (*here, name)


def check_tree(items: Any, path: Path, allowed: Sequence[int], problems: Problems, modal: bool = False) -> None:
    """Shapes and places of a list of components and all they hold."""
    for index, component in enumerate(items if isinstance(items, list) else []):
        check_one(component, (*path, index), allowed, problems, modal)


def check_one(component: Any, path: Path, allowed: Sequence[int], problems: Problems, modal: bool) -> None:
    """Shape and place of one component and all it holds."""
    if not isinstance(component, dict):
        problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return
    kind = component.get("type")
    if not isinstance(kind, int) or isinstance(kind, bool) or kind not in allowed:
        listed = ", ".join(str(each) for each in allowed)
        message = f'Value of field "type" must be one of ({listed},).'
        problems.add((*path, "type"), "UNION_TYPE_CHOICES", message)
        return
    c.COMPONENTS[kind].check(component, path, problems)
    inside = (c.TEXT_INPUT,) if modal and kind == c.ROW else INSIDE.get(kind, ())
    check_tree(component.get("components"), (*path, "components"), inside, problems, modal)
    if kind == c.ROW:
        check_width(component, path, problems)
    if kind in HELD_ALONE and component.get(HELD_ALONE[kind][0]) is not None:
        name, wanted = HELD_ALONE[kind]
        check_one(component[name], (*path, name), wanted, problems, modal)


def check_width(row: Json, path: Path, problems: Problems) -> None:
    """A row holds five buttons or one of anything else."""
    held = row.get("components")
    if not isinstance(held, list) or len(held) < 2:
        return
    for index, component in enumerate(held):
        if isinstance(component, dict) and component.get("type") != c.BUTTON:
            place = (*path, "components", index)
            message = "The specified component exceeds the maximum width"
            problems.add(place, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


def check_whole(items: Sequence[Json], problems: Problems, path: Path = ("components",)) -> None:
    """What holds for all components together: unique custom_ids and ids."""
    seen: dict[str, set[Any]] = {"custom_id": set(), "id": set()}
    for component, place in walk(items, path):
        for name, known in seen.items():
            value = component.get(name)
            if not isinstance(value, str | int) or not value:
                continue
            if value in known:
                message = f"Component {name.replace('_', ' ')} cannot be duplicated"
                problems.add((*place, name), f"COMPONENT_{name.upper()}_DUPLICATED", message)
            known.add(value)


def check_message_components(items: Sequence[Json], v2: bool, problems: Problems) -> None:
    """The components of a message, of either generation."""
    if not v2 and len(items) > 5:
        problems.add(("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    check_tree(items, ("components",), V2_TOP if v2 else LEGACY_TOP, problems)
    if problems:
        return
    check_whole(items, problems)
    if v2:
        check_totals(items, problems)


def check_totals(items: Sequence[Json], problems: Problems) -> None:
    """A Components V2 message has 40 components and 4000 characters at most."""
    everything = [component for component, _ in walk(items, ())]
    if len(everything) > 40:
        message = f"The total number of components in a message may not exceed 40 ({len(everything)})"
        problems.add(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message)
    texts = [each.get("content") for each in everything if each.get("type") == c.TEXT_DISPLAY]
    written = sum(len(text) for text in texts if isinstance(text, str))
    if written > 4000:
        message = "The displayable text size of all components may not exceed 4000"
        problems.add(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)


def check_modal(modal: Any, problems: Problems) -> None:
    """A modal: title, custom_id and one to five items."""
    c.Fields(
        {"custom_id": c.CUSTOM_ID, "title": c.Text(1, 45), "components": c.Items(c.Anything(), 1, 5)},
        ("custom_id", "title", "components"),
    ).check(modal, ("data",), problems)
    if not isinstance(modal, dict) or not isinstance(modal.get("components"), list):
        return
    path: Path = ("data", "components")
    check_tree(modal["components"], path, MODAL_TOP, problems, modal=True)
    if not problems:
        check_whole(modal["components"], problems, path)
