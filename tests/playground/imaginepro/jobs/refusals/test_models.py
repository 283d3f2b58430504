"""What the simulated Midjourney refuses."""

import pytest

from playground.imaginepro.jobs.prompt import Prompt
from playground.imaginepro.jobs.refusals.models import RELEASED, Model
from tests.playground.imaginepro.client import ApiClient

URL = "https://x.example/a.png"
INVALID = "Invalid parameter: invalid value provided for argument"


def complaint(typed: str, usual: Model | None = None) -> str | None:
    """What the job of this prompt fails with."""
    return Prompt.parse(typed).complaint(usual)


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        (f"fox --v 8.1 --oref {URL}", "`--oref` is not compatible with `--version 8.1`"),
        (f"fox --v 7 --cref {URL}", "`--cref` is not compatible with `--version 7`"),
        (f"fox --niji 7 --cref {URL}", "`--cref` is not compatible with `--niji 7`"),
        ("fox --v 8.2 --q 1", "`--quality` is not compatible with `--version 8.2`"),
        ("fox --v 7 --stop 80", "`--stop` is not compatible with `--version 7`"),
        ("fox --version 8.2 --turbo", "`--turbo` is not compatible with `--version 8.2`"),
        ("fox --v 8.1 --draft", "`--draft` is not compatible with `--version 8.1`"),
        ("fox --v 7 --hd", "`--hd` is not compatible with `--version 7`"),
        ("fox --niji 7 --sd", "`--sd` is not compatible with `--niji 7`"),
        (f"fox --v 7 --edit {URL}", "`--edit` is not compatible with `--version 7`"),
        ("fox --v 5 --raw", "`--raw` is not compatible with `--version 5`"),
        ("fox --niji 7 --style cute", "`--style` is not compatible with `--niji 7`"),
        (f"fox --v 5.2 --sref {URL}", "`--sref` is not compatible with `--version 5.2`"),
        ("cat::2 dog --v 8.2", "`::` is not compatible with `--version 8.2`"),
        (f"{URL}::2 dog --v 8.2", "`::` is not compatible with `--version 8.2`"),
        (f"fox --v 7 --oref {URL} --draft", "`--oref` is not compatible with `--draft`"),
        (f"fox --v 7 --oref {URL} --fast", "`--oref` is not compatible with `--fast`"),
        (f"fox --v 7 --oref {URL} --q 3", "`--oref` is not compatible with `--quality 4`"),
        ("fox --v 7 --sref 12 --sv 5", "`--sv 5` is not compatible with `--sref 12`"),
    ],
)
def test_a_flag_that_the_model_does_not_know(typed: str, other: str) -> None:
    """The refusal names the flag and the model, or the other flag."""
    assert complaint(typed) == f"Invalid parameter {other}"


@pytest.mark.parametrize(
    ("typed", "argument"),
    [
        ("fox --v 8", "`--version`: `8`"),
        ("fox --niji 3", "`--niji`: `3`"),
        ("fox --v 7 --q 0.5", "`--quality`: `0.5`"),
        (f"fox --v 8.2 --sref {URL} --sv 7", "`--sv`: `7`"),
        (f"fox --niji 7 --sref {URL} --sv 5", "`--sv`: `5`"),
        (f"{URL} fox --niji 7 --iw 2.5", "`--iw`: `2.5`"),
        (f"fox --v 7 --oref {URL} --ow 0", "`--ow`: `0`"),
    ],
)
def test_a_value_that_the_model_does_not_take(typed: str, argument: str) -> None:
    """The refusal names the flag and the value."""
    assert complaint(typed) == f"{INVALID} {argument}"


@pytest.mark.parametrize(
    "typed",
    [
        "fox --hd --raw --exp 5",
        f"fox --edit {URL} {URL} {URL} {URL}",
        f"fox --v 7 --oref {URL} --ow 1000 --q 2",
        f"fox --niji 6 --cref {URL} --stop 20",
        "fox --niji --sref 12 --sv 6",
        "cat::2 dog --v 6.1 --turbo",
        "fox --v 9 --q 4 --stop 3 --cref x",
        *(f"fox --{'niji' if model.anime else 'v'} {model.number:g}" for model in RELEASED),
    ],
)
def test_what_is_taken(typed: str) -> None:
    """Each released model paints, and one of the future takes everything."""
    assert complaint(typed) is None


def test_the_account_has_a_model() -> None:
    """It paints what chooses none: the newest, or another one."""
    assert complaint("fox --stop 20") == "Invalid parameter `--stop` is not compatible with `--version 8.2`"
    assert complaint("fox --stop 20", Model(6.1)) is None
    assert complaint("fox --stop 20 --niji", Model(6.1)) is not None


async def test_the_job_is_accepted_and_fails_later(client: ApiClient) -> None:
    """The submission answers as usual and is paid; only the job's record has the refusal."""
    before = client.api.account.credits
    record = await client.ended(await client.imagine(f"a fox --v 7 --cref {URL}"))
    assert (record["status"], record["error"]) == (
        "FAIL",
        "Invalid parameter `--cref` is not compatible with `--version 7`",
    )
    assert client.api.account.credits == before - 10
