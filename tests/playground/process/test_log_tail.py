"""The last lines of a log."""

from playground.process.log_tail import KEPT, LogTail


def test_what_is_new_is_told_once() -> None:
    """`after` returns the lines added since; the oldest are dropped and still counted."""
    lines = LogTail()
    for number in range(KEPT + 5):
        lines.add(str(number))
    assert lines.total == KEPT + 5
    assert lines.after(KEPT + 3) == [str(KEPT + 3), str(KEPT + 4)]
    assert lines.after(lines.total) == []
    assert lines.after(0) == [str(number) for number in range(5, KEPT + 5)]
