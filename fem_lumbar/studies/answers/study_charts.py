"""Charts of a study as a whole: importance of factors, findings and outcomes, failed runs."""

from __future__ import annotations

import numpy as np

from fem_lumbar.documents.style import case_label
from fem_lumbar.studies.answers.charts import DOWN, GREY, UP, axis_title
from fem_lumbar.studies.answers.gather import Answers, OutputAnswer
from fem_lumbar.studies.answers.group_text import outcome_label
from fem_lumbar.studies.answers.resolution import Resolution
from fem_lumbar.web_page.chart import Chart, all_rounded, layout, rounded

_STRIPS = 10
_SCALE = [[0.0, "#F5F3EE"], [0.5, "#E8A36A"], [1.0, "#A63603"]]


def study_charts(found: Answers) -> list[Chart]:
    """All charts of the study as a whole for which there are data."""
    drawn = [importance(found), areas(found), failure_strips(found), failure_map(found)]
    return [chart for chart in drawn if chart is not None]


def importance(found: Answers) -> Chart | None:
    """Importance of each factor for each output; None without any effects."""
    rows = [one for one in found.outputs if one.scores()]
    if not rows:
        return None
    names = [factor.name for factor in found.points.factors]
    values = [[_score(one, i) for i in range(len(names))] for one in rows]
    labels = [f"{one.output.name}, {case_label(one.case)}" for one in rows]
    data = [
        {
            "type": "heatmap",
            "x": names,
            "y": labels[::-1],
            "z": values[::-1],
            "zmin": 0.0,
            "zmax": 1.0,
            "colorscale": _SCALE,
            "xgap": 1,
            "ygap": 1,
            "hoverongaps": False,
            "hovertemplate": "%{y}<br>%{x}: %{z:.2f}<extra></extra>",
            "colorbar": {"title": {"text": "part (-)", "side": "right"}, "thickness": 14},
        }
    ]
    drawn = layout("", "")
    drawn["height"] = 190 + 20 * len(rows)
    drawn["xaxis"] |= {"showgrid": False}
    drawn["yaxis"] |= {"showgrid": False, "dtick": 1}
    note = (
        "Part of the variance with all interactions (total index; without one, part of the sum of all effects). Empty: "
        "not resolved. Outputs without a surrogate that resolves them are left out."
    )
    return Chart("importance", "What decides which output", note, data, drawn, wide=True)


def _score(one: OutputAnswer, factor: int) -> float | None:
    judge = one.judge_index if one.indices is not None else one.judge_elementary if one.elementary else one.judge_swing
    score = one.scores().get(factor)
    return None if score is None or judge(factor) is Resolution.NOT_RESOLVED else rounded(score)


def areas(found: Answers) -> Chart | None:
    """Area under the ROC curve of each finding and outcome with its confidence interval."""
    told = [(one, one.area) for one in found.groups if one.area is not None][::-1]
    if not told:
        return None
    value = [area.value for _, area in told]
    bars = {"type": "data", "symmetric": False, "color": "#444", "thickness": 1.2, "width": 4}
    bars |= {
        "array": all_rounded(area.high - area.value for _, area in told),
        "arrayminus": all_rounded(area.value - area.low for _, area in told),
    }
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": all_rounded(value),
        "y": list(range(len(told))),
        "error_x": bars,
        "marker": {"size": 9, "color": [UP if one.visible else GREY for one, _ in told]},
        "hovertemplate": "%{x:.2f}<extra></extra>",
    }
    drawn = layout("area under the ROC curve (-)", "")
    drawn["height"] = 150 + 30 * len(told)
    drawn["xaxis"] |= {"range": [0.0, 1.0]}
    names = [f"{one.comparison.title}: {outcome_label(one.outcome)}" for one, _ in told]
    drawn["yaxis"] |= {"tickvals": trace["y"], "ticktext": names, "range": [-0.6, len(told) - 0.4]}
    ends = {"x0": 0.5, "x1": 0.5, "y0": 0, "y1": 1, "yref": "paper"}
    drawn["shapes"] = [{"type": "line", "line": {"color": "#444", "dash": "dash", "width": 1}, **ends}]
    note = (
        "0.5 (dashed): the finding says nothing of the outcome; above: higher values with the finding. Bars: 95 % "
        "interval from the persons drawn, without that of assumed factors. Orange: visible by the rule of the table; "
        "grey: not."
    )
    return Chart("areas", "Findings and outcomes", note, [trace], drawn, wide=True)


def failure_strips(found: Answers) -> Chart | None:
    """Values of the factors most associated with failures, at failed and completed points; None without failures."""
    bad, points = found.failures, found.points
    if not bad.factors:
        return None
    shown = bad.factors[:_STRIPS][::-1]
    jitter = np.random.default_rng(0).uniform(-0.12, 0.12, len(bad.row_failed))
    data = []
    for name, which, colour, shift in (("done", ~bad.row_failed, GREY, -0.17), ("failed", bad.row_failed, UP, 0.17)):
        x, y, text = [], [], []
        for place, one in enumerate(shown):
            values = points.x[:, one.factor]
            x += all_rounded((values[which] - values.min()) / (np.ptp(values) or 1.0))
            y += all_rounded(place + shift + jitter[which])
            text += [f"{points.factors[one.factor].name} {points.factors[one.factor].shown(v)}" for v in values[which]]
        trace = {"type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "text": text}
        data.append(
            trace | {"marker": {"color": colour, "size": 5}, "hovertemplate": f"%{{text}}, {name}<extra></extra>"}
        )
    drawn = layout("from the lowest to the highest value (-)", "")
    drawn["height"] = 150 + 34 * len(shown)
    names = [f"{points.factors[one.factor].name}{' *' if one.matters else ''}" for one in shown]
    drawn["yaxis"] |= {"tickvals": list(range(len(shown))), "ticktext": names, "range": [-0.6, len(shown) - 0.4]}
    note = "*: goes with failures (p < 0.05, corrected for the number of factors). The others are shown for comparison."
    return Chart("failure_strips", "Where runs failed, factor by factor", note, data, drawn)


def failure_map(found: Answers) -> Chart | None:
    """Failed and completed points over the two factors most associated with failures; None without failures."""
    bad, points = found.failures, found.points
    if len(bad.factors) < 2:
        return None
    first, second = (one.factor for one in bad.factors[:2])
    data = []
    for name, which, colour, symbol in (
        ("done", ~bad.row_failed, DOWN, "circle-open"),
        ("failed", bad.row_failed, UP, "x"),
    ):
        places = [[points.factors[i].value(float(v)) for v in points.x[which, i]] for i in (first, second)]
        x, y = ([v if isinstance(v, str) else rounded(v) for v in one] for one in places)
        numbers = [f"point {number}" for number in points.number[which].tolist()]
        trace = {"type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "text": numbers}
        data.append(trace | {"marker": {"color": colour, "symbol": symbol, "size": 8}})
    drawn = layout(axis_title(points.factors[first]), axis_title(points.factors[second]))
    for axis, i in (("xaxis", first), ("yaxis", second)):
        if points.factors[i].log:
            drawn[axis] |= {"type": "log"}
    matter = sum(one.matters for one in bad.factors[:2])
    words = {
        0: "Neither of them does beyond chance.",
        1: "Only the first does beyond chance.",
        2: "Both do beyond chance.",
    }
    note = f"Over the two factors that go with failures most. {words[matter]}"
    return Chart("failure_map", "Failed and done points", note, data, drawn)
