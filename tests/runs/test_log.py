"""The end of a log."""

from pathlib import Path

from riskcore.runs.log import log_tail


def test_no_log_has_no_lines(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "log.txt", 5) == []
    (tmp_path / "log.txt").touch()
    assert log_tail(tmp_path / "log.txt", 5) == []


def test_the_last_lines_with_the_one_that_is_being_written(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("one\ntwo\n\nthree")
    assert log_tail(log, 9) == ["one", "two", "", "three"]
    assert log_tail(log, 2) == ["", "three"]


def test_only_the_end_of_a_long_log_is_read_and_no_half_line_shown(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("".join(f"line {number:05} é\n" for number in range(20_000)))
    lines = log_tail(log, 100_000)
    assert lines[-1] == "line 19999 é"
    assert 3000 < len(lines) < 20_000
    assert all(line.startswith("line ") and line.endswith(" é") for line in lines)


def test_colours_bars_and_foreign_bytes(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"\x1b[31mred\x1b[0m\n 10 %\r 50 %\r100 %\nwindows\r\n\xff\x00odd\n")
    assert log_tail(log, 9) == ["red", "100 %", "windows", "�odd"]
