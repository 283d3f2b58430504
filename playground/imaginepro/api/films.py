"""Films that buttons make: of a picture, of one of four films, of a film's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.imaginepro.jobs.buttons import ANIMATE, REROLL
from playground.imaginepro.pictures import crafts
from playground.imaginepro.pictures.crafts.product import Recipe

if TYPE_CHECKING:
    from playground.imaginepro.jobs.job import Job, JobsById


def film_recipe(label: str, parent: Job, jobs: JobsById) -> Recipe | None:
    """How the film is made that this button stands for; None where the button makes pictures.

    A reroll repeats what once made the parent.
    """
    if parent.product is not None and label == REROLL and parent.button is not None:
        return film_recipe(parent.button, jobs[parent.parent or ""], jobs)
    high = "High" in label
    if label in ANIMATE:
        picture = parent.sheet[0]
        return Recipe((), lambda _: crafts.animated(picture, high=high))
    if parent.product is None:
        return None
    [film] = parent.product.files
    if label.startswith("U"):
        return Recipe((), lambda _: crafts.cut_out_of_four(film, int(label[1])))
    return Recipe((), lambda _: crafts.extended_in_four_ways(film, high=high))
