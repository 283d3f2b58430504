"""Prompts taken apart."""

from hypothesis import given
from hypothesis import strategies as st

from playground.imaginepro.jobs.prompt import NamedFault, Prompt


def test_all_parts_are_found():
    """Addresses, words, flags and scenarios."""
    words = "a red fox scenario:down=5 button-scenario:no-buttons --ar 3:2 --no red, blue"
    prompt = Prompt.parse(f"https://x.example/a.png {words}")
    assert (prompt.images, prompt.text) == (("https://x.example/a.png",), "a red fox")
    assert prompt.flags == {"ar": "3:2", "no": "red, blue"}
    assert prompt.faults == (NamedFault("down", 5.0, later=False), NamedFault("no-buttons", None, later=True))
    assert (prompt.aspect, prompt.complaint()) == ((3, 2), None)


@given(st.text(max_size=300))
def test_any_text_parses(text: str):
    """No prompt breaks the simulator."""
    prompt = Prompt.parse(text)
    prompt.complaint()
    assert len(prompt.aspect) == 2
