"""Wrong questions in a study file are told like any other fault: where, what was given, what is allowed."""

import pytest

from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.studies.reading import load_study
from tests.studies.test_wrong_files import WHOLE

COMPARISON = "asks:\n  comparisons:\n    - {{title: t, finding: {finding}, outcomes: [{outcome}]{more}}}\n"


def asked(finding="{modulus: {above: 50}}", outcome="{case: standing, output: idp_MPa.L4-L5}", more=""):
    return COMPARISON.format(finding=finding, outcome=outcome, more=more)


WRONG = {
    "no such factor": (asked(finding="{modulos: {above: 50}}"), ["finding.modulos", "mean modulus?"]),
    "no such condition": (asked(finding="{modulus: {abov: 50}}"), ["finding.modulus.abov", "mean above?"]),
    "no such factor in a list": (asked(finding="[{modulus: 50}, {x: 1}]"), ["finding[1].x", "no factor"]),
    "no such load case": (
        asked(outcome="{case: standin, output: idp_MPa.L4-L5}"),
        ["outcomes[0].case", "mean standing?"],
    ),
    "two limits": (
        asked(outcome="{case: standing, output: idp_MPa.L4-L5, above: 1, lowest: 0.2}"),
        ["outcomes", "one limit"],
    ),
    "no such assumed factor": (asked(more=", assumed: [modulu]"), ["assumed", "mean modulus?"]),
    "no such output": (
        asked(outcome="{case: standing, output: idp_MP.L4-L5}"),
        ["outcomes[0].output: 'idp_MP.L4-L5' is none of the outputs", "idp_MPa.*"],
    ),
    "prevalence in per cent": (asked(more=", prevalence: [20, 33]"), ["prevalence[0]", "below 1"]),
    "prevalence that falls": (asked(more=", prevalence: [0.3, 0.2]"), ["from the lowest to the highest"]),
    "no title": (asked().replace("title: t, ", ""), ["title: required"]),
    "unknown key": ("asks: {ranking: [niemeyer_2012]}\n", ["asks.ranking", "mean rankings?"]),
    "no such ranking": ("asks: {rankings: [niemeier_2012]}\n", ["asks.rankings", "mean niemeyer_2012?"]),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG)
def test_wrong_questions(tmp_path, text, told):
    path = tmp_path / "wrong.yaml"
    path.write_text(WHOLE + text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_study(path)
    for words in ("wrong.yaml:", *told):
        assert words in str(caught.value)


def test_right_questions(tmp_path):
    path = tmp_path / "right.yaml"
    path.write_text(WHOLE + asked(), encoding="utf-8")
    assert load_study(path).asks["comparisons"][0]["finding"] == [{"modulus": {"above": 50}}]
