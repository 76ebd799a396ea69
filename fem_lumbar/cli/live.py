"""Live display of a run on a terminal: one line in total, and one for each active stage and load case."""

from __future__ import annotations

import textwrap
import time

from rich.cells import cell_len

from fem_lumbar.cli.tally import CaseState, StageState, Tally, clock, stage_name

SHORTEST_BAR, LONGEST_BAR = 8, 24
_LONGEST_NAME = 28
"""Number of characters of the name of a load case that are always shown."""
_SHORTEST_RUN, _MOST_LINES, _WIDE = 3, 12, 60


def live_lines(tally: Tally, width: int) -> list[str]:
    """Lines of at most ``width`` characters: count and time, then active stages and load cases."""
    lines = textwrap.wrap(tally.told(), width)
    lines += [_stage_line(stage, width) for stage in tally.stages.values()]
    longest = max(map(cell_len, tally.active), default=0)
    lines += [_case_line(name, case, width, longest) for name, case in tally.active.items()]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} more"]
    return lines


def shortened(text: str, width: int) -> str:
    """Text of at most ``width`` characters; an ellipsis replaces the middle."""
    if cell_len(text) <= width:
        return text
    if width < 2:
        return "…"[:width]
    head = (width - 1) // 2
    tail = width - 1 - head
    return f"{text[:head]}…{text[len(text) - tail :]}"


def shortened_name(name: str, width: int) -> str:
    """Name of a load case of one of several runs: the load case is shown in full, that of the run as far as it fits."""
    run, colon, case = name.rpartition(": ")
    room = width - cell_len(colon + case)
    return f"{shortened(run, room)}{colon}{case}" if colon and room >= _SHORTEST_RUN else shortened(name, width)


def _stage_line(stage: StageState, width: int) -> str:
    spent, expected = time.monotonic() - stage.began, stage.event.expected_s
    when = clock(spent) if expected is None else f"{clock(spent)} of about {clock(expected)}"
    detail = f" ({stage.event.detail})" if stage.event.detail else ""
    text = stage_name(stage.event)
    fits = cell_len(f"{text}{detail}: {when}") <= width
    return f"{shortened(f'{text}{detail}' if fits else text, width - cell_len(when) - 2)}: {when}"


def _case_line(name: str, case: CaseState, width: int, longest: int) -> str:
    """Name, bar, load fraction, activity and elapsed time of a load case, as far as there is room."""
    spent = clock(time.monotonic() - (case.began or time.monotonic()))
    share = f"{case.fraction:4.0%}{' of load' if width >= _WIDE else ''}"
    room = width - cell_len(share) - cell_len(spent) - 4
    named = min(longest, room, max(_LONGEST_NAME, round(0.4 * width)))
    room -= named
    doing = ""
    for clause in case.doing.split(", ") if case.doing else ():
        longer = f"{doing}, {clause}" if doing else f"  {clause}"
        if cell_len(longer) > room:
            break
        doing = longer
    length = min(LONGEST_BAR, room - cell_len(doing) - 2)
    filled = round(min(max(case.fraction, 0.0), 1.0) * length)
    bar = f"  {'━' * filled}{'─' * (length - filled)}" if length >= SHORTEST_BAR else ""
    return f"{shortened_name(name, named):<{named}}{bar}  {share}{doing}  {spent}"
