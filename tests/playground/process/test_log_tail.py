"""The last lines that somebody said."""

from playground.process.log_tail import KEPT, LogTail


def test_what_is_new_is_told_once() -> None:
    """After a number come the lines that were said since; the oldest are forgotten, their number is not."""
    lines = LogTail()
    for number in range(KEPT + 5):
        lines.add(str(number))
    assert lines.total == KEPT + 5
    assert lines.after(KEPT + 3) == [str(KEPT + 3), str(KEPT + 4)]
    assert lines.after(lines.total) == []
    assert lines.after(0) == [str(number) for number in range(5, KEPT + 5)]
