"""Tables after a run."""

from __future__ import annotations

from fem_lumbar.cli.tables import main_component, print_run
from fem_lumbar.runs.run import load_run
from tests.synthetic_run import synthetic_entry, write_run


def entries_with_checks():
    entries = {case: synthetic_entry(case) for case in ("flexion", "extension")}
    for case, force, ratio in (("flexion", 0.05, 0.9), ("extension", 0.3, 0.8)):
        entries[case]["checks"] = {
            "force_residual": {"value": force, "limit": 0.1, "unit": "N", "passed": force <= 0.1},
            "smallest_volume_ratio": {"value": ratio, "limit": 0.0, "unit": "-", "passed": True},
        }
    return entries


def test_worst_case_of_each_check_is_shown(tmp_path, capsys, monkeypatch):
    """As in the report: by the room to the limit, whichever side the limit is on."""
    monkeypatch.setenv("COLUMNS", "200")
    print_run(load_run(write_run(tmp_path, entries=entries_with_checks())), full=True)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    force, volume = (
        next(row for row in rows if row[:2] == start) for start in (["force", "residual"], ["smallest", "volume"])
    )
    assert force[2:7] == ["0.3", "at", "most", "0.1", "N"] and "extension" in force and "NO" in force
    assert volume[3:7] == ["0.8", "at", "least", "0"] and "extension" in volume and "yes" in volume


def test_failed_checks_are_named_with_their_case(tmp_path, capsys):
    print_run(load_run(write_run(tmp_path, entries=entries_with_checks())))
    shown = capsys.readouterr().out
    assert "extension: force_residual = 0.3 N is out of tolerance (at most 0.1 N)" in shown
    assert "flexion: force_residual" not in shown


def test_rotation_shown_is_about_the_axis_of_the_moment():
    assert main_component("extension") == "flexion"
    assert main_component("lateral_bending_left") == "lateral_bending"
    assert main_component("axial_rotation_right") == "axial_rotation"
    assert main_component("standing") == "flexion"
