"""The moving part of a terminal while a run goes on: one line for all, one for each stage and load case at work."""

from __future__ import annotations

import textwrap
import time

from rich.cells import cell_len

from fem_lumbar.cli.tally import CaseState, StageState, Tally, clock, stage_name

SHORTEST_BAR, LONGEST_BAR = 8, 24
_MOST_LINES = 12


def live_lines(tally: Tally, width: int) -> list[str]:
    """Lines of at most ``width`` cells: count and time, then what goes on."""
    lines = textwrap.wrap(tally.told(), width)
    lines += [_stage_line(stage, width) for stage in tally.stages.values()]
    lines += [_case_line(name, case, width) for name, case in tally.active.items()]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} more"]
    return lines


def shortened(text: str, width: int) -> str:
    """Text of at most ``width`` cells; what is left out of its middle is told by an ellipsis."""
    if cell_len(text) <= width:
        return text
    if width < 2:
        return "…"[:width]
    head = (width - 1) // 2
    tail = width - 1 - head
    return f"{text[:head]}…{text[len(text) - tail :]}"


def _stage_line(stage: StageState, width: int) -> str:
    spent, expected = time.monotonic() - stage.began, stage.event.expected_s
    when = clock(spent) if expected is None else f"{clock(spent)} of about {clock(expected)}"
    detail = f" ({stage.event.detail})" if stage.event.detail else ""
    text = stage_name(stage.event)
    fits = cell_len(f"{text}{detail}: {when}") <= width
    return f"{shortened(f'{text}{detail}' if fits else text, width - cell_len(when) - 2)}: {when}"


def _case_line(name: str, case: CaseState, width: int) -> str:
    """Name, bar, share of the load, what it does and since when, as far as there is room, in that order of need."""
    spent = clock(time.monotonic() - (case.began or time.monotonic()))
    share = f"{case.fraction:4.0%} of load"
    room = width - cell_len(share) - cell_len(spent) - 4
    name = shortened(name, max(room, 4))
    room -= cell_len(name)
    doing = ""
    if case.doing and room >= 22:
        doing = f"  {shortened(case.doing, room - 2)}"
        room -= cell_len(doing)
    length = min(LONGEST_BAR, room - 2)
    filled = round(min(max(case.fraction, 0.0), 1.0) * length)
    bar = f"  {'━' * filled}{'─' * (length - filled)}" if length >= SHORTEST_BAR else ""
    return f"{name}{bar}  {share}{doing}  {spent}"
