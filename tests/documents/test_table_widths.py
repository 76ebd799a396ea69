"""Tables on terminals of any width, and piped: no column and no digit is lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from fem_lumbar.cli.tables import console, print_points, print_run
from fem_lumbar.documents.tables import Table, print_document
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.sweep import PointDone
from tests.synthetic_run import write_run

ROOT = Path(__file__).parents[2]
NAME = "nucleus.c10_MPa=0.1,annulus.c10_MPa=0.05,left.state=type_III-0123abcd"
HEADINGS = ("run", "rotation\nL3-L4\n°", *(f"force {i}\nN" for i in range(12)), "why")
ROWS = [
    (NAME, "-12.3", *(f"{1000.5 + i}" for i in range(12)), "the residual stalls at 1e-3 of the largest one"),
    (NAME[:-1] + "e", "4.5", *("—" for _ in range(12)), ""),
]


def shown(width: int, table: Table) -> list[str]:
    out = io.StringIO()
    print_document("title", [table], Console(file=out, width=width, highlight=False))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200, 100_000])
def test_every_column_and_number_is_there(width):
    lines = shown(width, Table("Results", HEADINGS, ROWS))
    assert all(cell_len(line) <= width for line in lines)
    text = "\n".join(lines)
    words = text.split()
    for cell in (*ROWS[0][1:-1], "-12.3", "4.5"):
        assert words.count(cell) == 1
    assert words.count("force") == 12
    assert "…" not in text
    letters = "".join(text.split())
    assert all(part in letters for part in ("nucleus", "type_III", "why"))


@pytest.mark.parametrize("width", [40, 80])
def test_blocks_begin_with_the_column_that_names_the_rows(width):
    lines = shown(width, Table("Results", HEADINGS, ROWS))
    blocks = "\n".join(lines).count("Results")
    assert blocks > 1
    assert "\n".join(lines).count("(further columns)") == blocks - 1
    assert "".join(lines).replace(" ", "").count("nucleus.c10") == 2 * blocks


def test_wide_enough_is_one_block_on_single_lines():
    lines = shown(100_000, Table("Results", HEADINGS, ROWS))
    (line,) = [line for line in lines if NAME in line]
    assert "the residual stalls at 1e-3 of the largest one" in line


def test_columns_is_respected_and_a_pipe_is_as_wide_as_it_takes(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setenv("COLUMNS", "64")
    assert console().width == 64
    monkeypatch.delenv("COLUMNS")
    assert console().width > 10_000


def printing(tmp_path: Path) -> list[str]:
    """Command that prints a run and the points of a sweep with long names."""
    run = write_run(tmp_path, name="a_run_with_a_name_that_is_longer_than_most_terminals_are_wide_by_half")
    program = (
        "from fem_lumbar.cli.tables import print_points, print_run\n"
        "from fem_lumbar.runs.run import load_run\n"
        "from fem_lumbar.runs.sweep import PointDone\n"
        f"print_run(load_run({str(run)!r}), full=True)\n"
        f"print_points([PointDone({{}}, {NAME!r}, 'completed')], 'table.csv')\n"
    )
    return [sys.executable, "-c", program]


def environment(**changes: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "dumb"} | changes


def test_piped_output_keeps_every_name_on_one_line(tmp_path):
    out = subprocess.run(printing(tmp_path), capture_output=True, text=True, check=True, env=environment()).stdout
    assert f" {NAME} " in out
    assert "pressure" in out and "right" in out


@pytest.mark.skipif(os.name != "posix", reason="opens a pseudo-terminal")
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_real_terminal_is_filled_to_its_width(tmp_path, width):
    import fcntl
    import pty
    import struct
    import termios

    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    process = subprocess.Popen(printing(tmp_path), stdout=terminal, env=environment(TERM="xterm"), stdin=terminal)
    os.close(terminal)
    received = b""
    try:
        while part := os.read(main, 65536):
            received += part
    except OSError:  # the other end has closed
        pass
    assert process.wait() == 0
    os.close(main)
    lines = Text.from_ansi(received.decode().replace("\r", "")).plain.splitlines()
    assert all(cell_len(line) <= width for line in lines)
    words = " ".join(lines)
    assert all(heading in words for heading in ("rotation", "pressure", "facet", "right", "limit", "passed"))


def test_long_lists_of_points_tell_failures_first(capsys):
    points = [PointDone({}, f"point {i}", "completed") for i in range(30)]
    points.append(PointDone({}, "point 30", "failed", "no equilibrium"))
    print_points(points, "table.csv")
    out = capsys.readouterr().out
    assert out.startswith("31 points: 30 completed, 1 failed")
    assert "point 30" in out and "point 3 " not in out and "--full" in out
    print_points(points, "table.csv", full=True)
    assert "point 3 " in capsys.readouterr().out


def test_checks_are_told_in_one_line_unless_asked_for(tmp_path, capsys):
    run = load_run(write_run(tmp_path))
    print_run(run)
    short = capsys.readouterr().out
    print_run(run, full=True)
    assert "passed in every load case (values: --full)" in short
    assert "worst load case of each" not in short and "worst load case of each" in capsys.readouterr().out
