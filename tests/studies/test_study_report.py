"""The report of a study, its stored surrogates, and the commands."""

import argparse
import json

import numpy as np
import pandas as pd
import pytest

from fem_lumbar.cli import study
from fem_lumbar.cli.main import main
from fem_lumbar.foundation.errors import InputError
from tests.report_page.reading import charts_of, check, trace
from tests.studies import synthetic_study
from tests.studies.synthetic_study import cube, missing, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    numbers = cube(60, 3)
    values = {"height": 5.0 + numbers[:, 0], "angle": numbers[:, 1], "gap": numbers[:, 2]}
    asks = {
        "comparisons": [
            {
                "title": "high disc",
                "finding": {"height": {"above": 5.7}},
                "outcomes": [{"case": "standing", "output": "force_N"}],
            }
        ],
        "rankings": ["niemeyer_2012"],
    }
    outputs = {"force_N": lambda x: x["height"] * (1.0 + x["angle"]), "still_N": lambda x: np.full(60, 3.0)}
    made = synthetic_study.study(
        values, outputs, cases=("standing", "flexion"), failed=missing(60, 0.05), floor=1e-5, asks=asks
    )
    return write(tmp_path_factory.mktemp("study") / "one", *made)


def command(*arguments):
    parser = argparse.ArgumentParser()
    study.add_arguments(parser)
    return study.execute(parser.parse_args(list(map(str, arguments))))


def test_report_is_one_page_that_loads_nothing(folder, capsys):
    assert command("report", folder, "--quiet") == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    check(page)
    for told in ("Findings and outcomes", "Known ranking", "Failures", "Indices", "on this mesh"):
        assert told in page
    text = capsys.readouterr().out
    assert "3 of 60 points failed" in text and "high disc" in text
    table = pd.read_csv(folder / "indices.csv")
    row = table[(table["output"] == "force_N") & (table["factor"] == "angle")].iloc[0]
    assert 0.5 < row["total"] < 1.0 and row["resolved"] == "on this mesh"
    charts_hold(row, charts_of(page))
    assert table[table["output"] == "still_N"]["total"].isna().all()


def test_report_takes_the_folder_of_a_study_as_well(folder, capsys):
    (folder / "report.html").unlink(missing_ok=True)
    assert main(["report", str(folder), "--quiet"]) == 0
    assert "Study synthetic" in capsys.readouterr().out
    assert (folder / "report.html").is_file()


def charts_hold(row, charts):
    """Charts of the study and of its first output show the numbers of a row of indices."""
    (cells,) = charts["importance"]["data"]
    at = cells["x"].index(row["factor"])
    assert cells["z"][cells["y"].index(f"{row['output']}, standing")][at] == pytest.approx(row["total"], rel=1e-4)
    tornado, indices, along = (charts[f"output0_{place}"] for place in range(3))
    low, high = (trace(tornado, f"{end} end") for end in ("low", "high"))
    place = low["y"].index(row["factor"])
    assert high["x"][place] - low["x"][place] == pytest.approx(row["effect"], rel=1e-3)
    total = trace(indices, "total")
    place = total["y"].index(row["factor"])
    assert total["x"][place] == pytest.approx(row["total"], rel=1e-4)
    assert total["x"][place] - total["error_x"]["arrayminus"][place] == pytest.approx(row["total_low"], rel=1e-3)
    assert len(trace(along, "runs")["x"]) == 57
    assert [len(trace(charts["failure_map"], name)["x"]) for name in ("done", "failed")] == [57, 3]
    assert charts["areas"]["layout"]["yaxis"]["ticktext"] == ["high disc: force_N, standing"]


def test_an_unfinished_study_says_so(tmp_path, capsys):
    values = {"a": cube(20, 1)[:, 0]}
    manifest, frame = synthetic_study.study(values, {"y": lambda x: x["a"]}, floor=1e-9)
    write(tmp_path, manifest, frame[frame["point"] < 12])
    assert command("report", tmp_path, "--quiet") == 0
    assert "20 points are planned" in " ".join(capsys.readouterr().out.split())


def test_predictions_come_from_what_is_stored(folder, capsys):
    command("report", folder, "--quiet", "--json")
    capsys.readouterr()
    stored = json.loads((folder / "surrogates.json").read_text(encoding="utf-8"))
    arguments = (
        "predict",
        folder,
        "--set",
        "height=5.5",
        "--set",
        "scenario.angle=0.5",
        "--cases",
        "flexion",
        "--json",
    )
    assert command(*arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["question"]["in_the_middle"].keys() == {"gap"}
    (one,) = told["predictions"]
    assert one["value"] == pytest.approx(5.5 * 1.5, rel=1e-3) and not one["remote"]
    stored["table_sha256"] = "of another table"
    (folder / "surrogates.json").write_text(json.dumps(stored), encoding="utf-8")
    assert command(*arguments) == 0
    assert json.loads(capsys.readouterr().out)["predictions"][0]["value"] == pytest.approx(one["value"], rel=1e-9)


def test_outputs_without_a_surrogate_are_named(tmp_path, capsys):
    few = synthetic_study.study({"a": np.arange(3.0)}, {"force_N": lambda x: x["a"]})
    synthetic_study.write(tmp_path, *few)
    assert command("predict", tmp_path, "--set", "a=1") == 0
    assert "No answer" in (text := capsys.readouterr().out) and "force_N, standing" in text


def test_predictions_outside_the_data_say_so(folder, capsys):
    assert command("predict", folder, "--set", "height=9") == 0
    text = capsys.readouterr().out
    assert "OUTSIDE THE DATA" in text and "height = 9" in text and "outside the data" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "heigt=5"], "did you mean height"),
        (["--set", "height"], "FACTOR=VALUE"),
        (["--set", "height=tall"], "number"),
        (["--cases", "standin"], "did you mean standing"),
        (["--outputs", "forceN"], "did you mean force_N"),
    ],
)
def test_wrong_questions(folder, arguments, told):
    with pytest.raises(InputError, match=told):
        command("predict", folder, *arguments)


def test_no_study(tmp_path):
    with pytest.raises(InputError, match="not the folder of a study"):
        command("report", tmp_path)
