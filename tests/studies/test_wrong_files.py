"""What a user reads when a study is wrong: file, line, key path, what was given, what is allowed, nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.studies.reading import load_study

SCENARIO = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
HEAD = f"schema_version: 1\nname: wrong\nscenario: {SCENARIO}\ncases: [standing]\n"
MODULUS = "factors:\n  modulus: {key: mal.L5.left.fibrous_modulus_MPa, range: [20, 500]}\n"
DESIGN = "design: {kind: latin_hypercube, points: 8}\n"
OUTPUTS = "outputs: [idp_MPa.*]\n"
WHOLE = HEAD + MODULUS + DESIGN + OUTPUTS
TWO = HEAD + MODULUS + "  m: {key: mal.L4.left.fibrous_modulus_MPa, range: [20, 500]}\n" + DESIGN + OUTPUTS
STATES = "  state: {key: mal.L5.left.state, values: [absent, fibrous]}\n"


def message(folder: Path, text: str) -> str:
    path = folder / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    (folder / "ages.csv").write_text("age,sex\n30,f\n40,m\n", encoding="utf-8")
    (folder / "points.csv").write_text("modulos\n30\n", encoding="utf-8")
    (folder / "holes.csv").write_text('modulus\n30\n""\n', encoding="utf-8")
    (folder / "cells.csv").write_text("modulus\n30\n40,50\n", encoding="utf-8")
    (folder / "twice.csv").write_text("modulus,modulus\n30,40\n", encoding="utf-8")
    (folder / "values.csv").write_text("modulus\n30\nsoft\n-5\n", encoding="utf-8")
    (folder / "states.csv").write_text("modulus,state\ntrue,absent\n30,type_III\n", encoding="utf-8")
    (folder / "saved.csv").write_text("modulus,größe\n30,1\n", encoding="utf-16")
    with pytest.raises(ScenarioError) as caught:
        load_study(path)
    assert caught.value.exit_code == 2
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def factor(entry: str, also: str = "") -> str:
    return HEAD + f"factors:\n  x: {entry}\n{also}" + DESIGN + OUTPUTS


def with_key(way: str) -> str:
    return factor("{key: mal.L5.left.fibrous_modulus_MPa, " + way + "}")


WRONG = {
    "unknown key": (WHOLE + "facters: {}\n", ["wrong.yaml:9: facters: unknown key", "did you mean factors?"]),
    "key given twice": (WHOLE + "name: other\n", ["wrong.yaml:9: name: given twice (first in line 2)"]),
    "no map": ("- 1\n", ["expected a map of keys at the top"]),
    "empty": ("", ["the file is empty"]),
    "syntax": (HEAD + "factors: [\n", ["YAML syntax error"]),
    "no schema version": (WHOLE.replace("schema_version: 1\n", ""), ["schema_version: required, but not given"]),
    "other schema version": (WHOLE.replace("version: 1", "version: 2"), ["schema_version: got the number 2"]),
    "schema version true": (WHOLE.replace("version: 1", "version: true"), ["schema_version: got true"]),
    "no name": (WHOLE.replace("name: wrong\n", ""), ["name: required, but not given"]),
    "name of no folder": (WHOLE.replace("name: wrong", "name: a/b"), ["name: got text 'a/b'", "names a folder"]),
    "no scenario": (WHOLE.replace(f"scenario: {SCENARIO}\n", ""), ["scenario: required", "../scenarios/baseline.yaml"]),
    "no such scenario": (
        WHOLE.replace("baseline.yaml", "basline.yaml"),
        ["wrong.yaml:3: scenario: no such file", "did you mean baseline.yaml?"],
    ),
    "no such case": (WHOLE.replace("[standing]", "[standig]"), ["wrong.yaml:4: cases: no load case", "mean standing?"]),
    "no such density": (WHOLE + "density: tset\n", ["wrong.yaml:9: density: got text 'tset'", "mean test?"]),
    "wrong set": (
        WHOLE + "set:\n  mal.L4.left.stat: absent\n",
        ["wrong.yaml:10: set.mal.L4.left.stat: unknown key", "did you mean state?"],
    ),
    "set of what is extended": (
        WHOLE + "set:\n  extends: other.yaml\n",
        ["wrong.yaml:10: set.extends: what a scenario extends is read from its file"],
    ),
    "set and varied": (
        WHOLE + "set:\n  mal.L5.left.fibrous_modulus_MPa: 50\n",
        ["wrong.yaml:10: set.mal.L5.left.fibrous_modulus_MPa: 'modulus' gives it a value at every point"],
    ),
    "set without a key": (WHOLE + "set:\n  a..b: 3\n", ["wrong.yaml:10: set.a..b: no key path", "mal.L5.left.state"]),
    "no factors": (HEAD + "factors: {}\n" + DESIGN + OUTPUTS, ["factors: got an empty map", "at least one factor"]),
    "no outputs": (HEAD + MODULUS + DESIGN + "outputs: []\n", ["outputs: got a list of 0"]),
    "unknown output": (WHOLE.replace("idp_MPa", "idp_kPa"), ["outputs[0]: 'idp_kPa' is no result", "mean idp_MPa?"]),
    "unknown result": (WHOLE.replace("idp_MPa.*", "facet_force_N.L4-L5"), ["no result facet_force_N.L4-L5"]),
    "no number among values": (factor("{values: [1, .nan]}"), ["factors.x.values: a value is infinite or no number"]),
    "bound on a word": (
        HEAD + MODULUS + STATES + DESIGN + OUTPUTS + "exclude: [{state: {above: 3}}]\n",
        ["exclude[0].state.above: the values of 'state' are words: absent, fibrous", "allowed: is, not"],
    ),
    "bound that is a word": (
        HEAD + MODULUS + STATES + DESIGN + OUTPUTS + "exclude: [{modulus: {above: state}}]\n",
        ["exclude[0].modulus.above: the values of 'state' are words"],
    ),
    "word that is never taken": (
        HEAD + MODULUS + STATES + DESIGN + OUTPUTS + "exclude: [{state: fibros}]\n",
        ["exclude[0].state: 'state' is never fibros", "did you mean fibrous?"],
    ),
    "row for a number of a word": (
        factor("{published: disc_degeneration, depends_on: state}", STATES),
        ["factors.x.rows[0].when.below: the values of 'state' are words"],
    ),
    "unknown scenario key": (
        factor("{key: mal.L5.left.fibrous_modulis_MPa, range: [1, 2]}"),
        ["wrong.yaml:6: factors.x.key: no scenario key", "did you mean fibrous_modulus_MPa"],
    ),
    "unknown scenario key of a list": (
        factor("{keys: [mal.L5.left.fibrous_modulus_MPa, mal.L6.left.fibrous_modulus_MPa], range: [20, 30]}"),
        ["factors.x.keys[1]: no scenario key mal.L6", "L3, L4, L5"],
    ),
    "key varied twice": (
        HEAD + MODULUS + "  again: {key: mal.L5.left.fibrous_modulus_MPa, range: [20, 30]}\n" + DESIGN + OUTPUTS,
        ["factors.again.key: mal.L5.left.fibrous_modulus_MPa is varied by 'modulus' already"],
    ),
    "key and what it holds": (
        HEAD + MODULUS + "  again: {key: mal.L5.left, values: [{state: absent}]}\n" + DESIGN + OUTPUTS,
        ["factors.again.key: mal.L5.left.fibrous_modulus_MPa is varied by 'modulus' already"],
    ),
    "name of a column": (WHOLE.replace("  modulus:", "  status:"), ["factors.status: the table has a column"]),
    "name with an equals sign": (WHOLE.replace("  modulus:", "  a=b:"), ["factors.a=b: 'a=b' is no name that"]),
    "name of nothing": (WHOLE.replace("  modulus:", '  "":'), ["'' is no name that --set NAME=VALUE"]),
    "nothing to vary over": (with_key("unit: MPa"), ["nothing says what it varies over", "values, range"]),
    "text among numbers": (
        with_key("values: [20, 'thirty']"),
        ["factors.x.values: mal.L5.left.fibrous_modulus_MPa: expected a number, got text 'thirty'"],
    ),
    "name of an output": (
        WHOLE.replace("  modulus:", "  idp_MPa.L4-L5:"),
        ["factors.idp_MPa.L4-L5: an output of this study has this name", "another name"],
    ),
    "two ways at once": (with_key("values: [20], range: [1, 2]"), ["got values, range at once", "one of values"]),
    "outside limits": (with_key("values: [20, -5]"), ["factors.x.values:", "-5 MPa is outside the accepted range"]),
    "no such choice": (
        factor("{key: mal.L5.left.state, values: [absent, fibrus]}"),
        ["factors.x.values: mal.L5.left.state: got text 'fibrus'", "did you mean fibrous?"],
    ),
    "times of a text": (
        factor("{keys: {mal.L5.left.state: {times: 2}}, values: [absent, fibrous]}"),
        ["times and plus need numbers, got text 'absent'"],
    ),
    "range turned round": (with_key("range: [500, 20]"), ["factors.x.range: the upper end 20 is not above"]),
    "range of one number": (with_key("range: [500]"), ["factors.x.range", "[lowest, highest]"]),
    "range that is text": (with_key("range: 10-1000"), ["factors.x.range: expected a list", "10:1000 log"]),
    "logarithm of zero": (with_key("range: [0, 20], log: true"), ["a logarithmic scale needs values above 0"]),
    "levels of values": (with_key("values: [20, 30], levels: 3"), ["factors.x.levels: goes with range only"]),
    "not finite": (with_key("range: [1, .inf]"), ["factors.x.range[1]: expected a finite number"]),
    "text for a number": (with_key("range: [ten, 20]"), ["factors.x.range[0]: expected a number, got text 'ten'"]),
    "unknown distribution": (
        with_key("distribution: {kind: normel, mean: 1, sd: 1}"),
        ["factors.x.distribution.kind: got text 'normel'", "allowed: normal, lognormal", "did you mean normal"],
    ),
    "distribution without kind": (with_key("distribution: {mean: 1}"), ["distribution.kind: required, but not given"]),
    "distribution that is a number": (with_key("distribution: 3"), ["distribution: expected a map of keys"]),
    "unknown parameter": (
        with_key("distribution: {kind: normal, mean: 100, std: 5}"),
        ["factors.x.distribution.std: unknown key", "allowed: within, kind, mean, sd"],
    ),
    "missing parameter": (
        with_key("distribution: {kind: normal, mean: 100}"),
        ["factors.x.distribution.sd: required, but not given"],
    ),
    "negative deviation": (
        with_key("distribution: {kind: normal, mean: 100, sd: -1}"),
        ["distribution.sd: -1 is outside the accepted range", "above 0"],
    ),
    "deviation that is no number": (
        with_key("distribution: {kind: normal, mean: 100, sd: .nan}"),
        ["wrong.yaml:6: factors.x.distribution.sd: expected a finite number, got the number nan"],
    ),
    "number in quotes": (
        with_key("distribution: {kind: normal, mean: 100, sd: '5'}"),
        ["factors.x.distribution.sd: expected a number, got text '5'", "did you mean 5 without quotes?"],
    ),
    "bounds turned round": (
        with_key("distribution: {kind: normal, mean: 100, sd: 10, within: [120, 80]}"),
        ["distribution.within: the lower bound 120 is not below the upper 80"],
    ),
    "bounds with nothing between": (
        with_key("distribution: {kind: normal, mean: 100, sd: 1, within: [200, 300]}"),
        ["nothing of the distribution lies between the bounds"],
    ),
    "mode outside": (
        with_key("distribution: {kind: triangular, low: 20, mode: 10, high: 30}"),
        ["distribution.mode: got low 20, mode 10, high 30", "low <= mode <= high"],
    ),
    "probabilities too few": (
        with_key("distribution: {kind: discrete, values: [20, 30], probabilities: [1]}"),
        ["distribution.probabilities: 1 probabilities for 2 values"],
    ),
    "probabilities too many": (
        with_key("distribution: {kind: discrete, values: [20, 30], probabilities: [0.5, 0.6]}"),
        ["they add up to 1.1", "the sum 1"],
    ),
    "no such sample": (
        with_key("distribution: {kind: empirical, file: age.csv, column: age}"),
        ["distribution.file: no such file: age.csv", "did you mean ages.csv"],
    ),
    "no such column": (
        with_key("distribution: {kind: empirical, file: ages.csv, column: agee}"),
        ["distribution.column: ages.csv has no such column", "age, sex", "did you mean age?"],
    ),
    "sample of text": (
        with_key("distribution: {kind: empirical, file: ages.csv, column: sex}"),
        ["ages.csv has 'f' in it", "a number in every row"],
    ),
    "nothing published of that name": (
        with_key("published: facet_tropism"),
        ["factors.x.published: no published distribution 'facet_tropism'", "did you mean facet_tropism_deg"],
    ),
    "published by age": (with_key("published: disc_degeneration"), ["factors.x.depends_on: required beside rows"]),
    "rows of nothing": (
        with_key("rows: [{distribution: {kind: uniform, low: 1, high: 2}}]"),
        ["factors.x.depends_on: required beside rows"],
    ),
    "depends on no factor": (
        with_key("depends_on: agee, rows: [{distribution: {kind: uniform, low: 20, high: 30}}]"),
        ["factors.x.depends_on: no factor 'agee'"],
    ),
    "depends on itself": (
        with_key("depends_on: x, rows: [{distribution: {kind: uniform, low: 20, high: 30}}]"),
        ["factors.x.depends_on: it depends on itself"],
    ),
    "no row holds": (
        factor(
            "{key: mal.L5.left.fibrous_modulus_MPa, depends_on: age, "
            "rows: [{when: {below: 0}, distribution: {kind: uniform, low: 20, high: 30}}]}",
            "  age: {range: [20, 80], unit: years}\n",
        ),
        ["wrong.yaml:6: factors.x.rows: no row holds for age = ", "a last row without when"],
    ),
    "no row holds at one point of many": (
        factor(
            "{key: mal.L5.left.fibrous_modulus_MPa, depends_on: age, "
            "rows: [{when: {below: 79.9}, distribution: {kind: uniform, low: 20, high: 30}}]}",
            "  age: {range: [20, 80], unit: years}\n",
        ).replace("points: 8", "points: 1000"),
        ["wrong.yaml:6: factors.x.rows: no row holds for age = 79.9", "a last row without when"],
    ),
    "unknown design": (WHOLE.replace("latin_hypercube", "latin"), ["design.kind: got text 'latin'", "latin_hypercube"]),
    "no points": (WHOLE.replace(", points: 8", ""), ["design.points: required by the design latin_hypercube"]),
    "no number of points": (WHOLE.replace("points: 8", "points: many"), ["design.points: expected a whole number"]),
    "number of points true": (WHOLE.replace("8", "true"), ["design.points: expected a whole number, got true"]),
    "seed beyond all": (WHOLE.replace("8", "8, seed: 99999999999"), ["design.seed: 1e+11 is outside", "at most 4.29"]),
    "design in short": (WHOLE.replace("latin_hypercube", "lhs"), ["got text 'lhs'", "did you mean latin_hypercube?"]),
    "grid beyond all": (
        HEAD + "factors:\n" + "".join(
            f"  {level}: {{key: mal.{level}.left.fibrous_modulus_MPa, range: [20, 500], levels: 1000}}\n"
            for level in ("L3", "L4", "L5")
        ) + "design: {kind: grid}\n" + OUTPUTS,
        ["design.kind: the grid has 1e+09 points", "at most 1000000: fewer levels"],
    ),
    "points of a grid": (
        WHOLE.replace("latin_hypercube", "grid"),
        ["design.points: does not go with the design grid", "factors.modulus: the design grid needs a list of values"],
    ),
    "odd levels": (
        WHOLE.replace("latin_hypercube, points: 8", "morris, trajectories: 4, levels: 3"),
        ["design.levels: 3 is odd"],
    ),
    "lists of two lengths": (
        HEAD + "factors:\n" + STATES + "  m: {key: mal.L4.left.fibrous_modulus_MPa, values: [20, 30, 40]}\n"
        "design: {kind: zip}\n" + OUTPUTS,
        ["lists of different lengths: state 2, m 3"],
    ),
    "list without file": (WHOLE.replace("latin_hypercube, points: 8", "list"), ["design.file: required"]),
    "no such list": (
        WHOLE.replace("latin_hypercube, points: 8", "list, file: point.csv"),
        ["design.file: no such file: point.csv", "did you mean points.csv"],
    ),
    "list of something else": (
        WHOLE.replace("latin_hypercube, points: 8", "list, file: points.csv"),
        ["points.csv has no column 'modulus'", "did you mean modulos?"],
    ),
    "list with a hole": (
        WHOLE.replace("latin_hypercube, points: 8", "list, file: holes.csv"),
        ["holes.csv line 3: no value of 'modulus'"],
    ),
    "list with too many cells": (
        WHOLE.replace("latin_hypercube, points: 8", "list, file: cells.csv"),
        ["wrong.yaml:7: design.file: cells.csv line 3: 2 cells below 1 columns"],
    ),
    "list with a column twice": (
        WHOLE.replace("latin_hypercube, points: 8", "list, file: twice.csv"),
        ["design.file: twice.csv has two columns 'modulus'"],
    ),
    "list with wrong values": (
        WHOLE.replace("latin_hypercube, points: 8", "list, file: values.csv"),
        ["values.csv line 3: mal.L5.left.fibrous_modulus_MPa: expected a number", "line 4:", "-5 MPa is outside"],
    ),
    "list with values that are none of the factors": (
        HEAD + MODULUS + STATES + DESIGN.replace("latin_hypercube, points: 8", "list, file: states.csv") + OUTPUTS,
        ["line 2: modulus: got true", "allowed: a number", "line 3: state: got text 'type_III'", "absent, fibrous"],
    ),
    "list that is no text": (
        WHOLE.replace("latin_hypercube, points: 8", "list, file: saved.csv"),
        ["wrong.yaml:7: design.file: saved.csv is not a text file in UTF-8"],
    ),
    "sample that is no text": (
        with_key("distribution: {kind: empirical, file: saved.csv, column: age}"),
        ["distribution.file: saved.csv is not a text file in UTF-8"],
    ),
    "bound that is no number": (WHOLE + "exclude: [{modulus: {above: .nan}}]\n", ["above: got the number nan"]),
    "rule of no factor": (WHOLE + "exclude: [{modulos: 3}]\n", ["exclude[0].modulos: no factor", "mean modulus?"]),
    "rule that is no map": (WHOLE + "exclude: [modulus > 3]\n", ["exclude[0]: got text 'modulus > 3'"]),
    "unknown condition": (
        WHOLE + "include: [{modulus: {abov: 3}}]\n",
        ["include[0].modulus.abov: unknown condition", "did you mean above?"],
    ),
    "bound of no factor": (
        WHOLE + "include: [{modulus: {above: modulos}}]\n",
        ["include[0].modulus.above: got text 'modulos'", "the name of a factor", "did you mean modulus?"],
    ),
    "rules that leave nothing": (WHOLE + "exclude: [{modulus: {above: 0}}]\n", ["the rules leave no point"]),
    "correlation of no factor": (
        WHOLE + "correlation: {factors: [modulus, m], matrix: [[1, 0], [0, 1]]}\n",
        ["correlation.factors[1]: no factor 'm'"],
    ),
    "matrix of another size": (
        WHOLE + "correlation: {factors: [modulus, modulus], matrix: [[1, 0]]}\n",
        ["correlation.matrix: 2 factors need 2 rows of 2 numbers"],
    ),
    "no correlation matrix": (
        TWO + "correlation: {factors: [modulus, m], matrix: [[1, 0.5], [0, 1]]}\n",
        ["correlation.matrix: not a correlation matrix"],
    ),
    "impossible correlation": (
        TWO + "correlation: {factors: [modulus, m], matrix: [[1, 1], [1, 1]]}\n",
        ["not positive definite"],
    ),
    "correlation of few points": (
        TWO.replace("points: 8", "points: 2") + "correlation: {factors: [modulus, m], matrix: [[1, 0.5], [0.5, 1]]}\n",
        ["design.points: 2 points cannot bear rank correlations of 2 factors", "at least 3"],
    ),
    "correlation with itself": (
        TWO + "correlation: {factors: [modulus, modulus], matrix: [[1, 0.5], [0.5, 1]]}\n",
        ["correlation.factors[1]: 'modulus' is listed twice"],
    ),
    "correlation of a grid": (
        HEAD + "factors:\n" + STATES + "  m: {key: mal.L4.left.fibrous_modulus_MPa, values: [20, 30]}\n"
        "design: {kind: grid}\ncorrelation: {factors: [state, m], matrix: [[1, 0], [0, 1]]}\n" + OUTPUTS,
        ["correlation: does not go with the design grid", "latin_hypercube, sobol"],
    ),
    "no valid scenario at any point": (
        WHOLE.replace("cases:", "set: {mal.L5.left.state: absent}\ncases:"),
        ["factors.modulus: at every point: mal.L5.left.fibrous_modulus_MPa: the MAL is absent"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_message(name, tmp_path):
    text, expected = WRONG[name]
    told = message(tmp_path, text)
    for part in expected:
        assert part in told


def test_file_that_is_not_there(tmp_path):
    (tmp_path / "study.yaml").write_text(WHOLE)
    with pytest.raises(ScenarioError, match=r"no such file[\s\S]*did you mean study.yaml"):
        load_study(tmp_path / "studi.yaml")


def test_several_faults_are_told_at_once(tmp_path):
    told = message(tmp_path, WHOLE.replace("idp_MPa", "idp").replace("[20, 500]", "[500, 20]") + "exclude: [{m: 1}]\n")
    assert "3 problems in the study" in told
