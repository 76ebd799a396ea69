"""Report of a calibration: targets, parameters and identifiability, as tables and as data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.experiments.calibration.fit import Fit
from fem_lumbar.experiments.calibration.identifiability import CORRELATED, WEAK
from fem_lumbar.experiments.calibration.problem import TISSUES, Parameter, Target
from fem_lumbar.experiments.calibration.set_file import fitted_set
from fem_lumbar.foundation.json_values import plain
from fem_lumbar.scenario.keys import UNITS

_SMALL_SHARE = 0.2
"""Components of a direction below this are left out."""


def title(result: Fit) -> str:
    """Title of the report."""
    fitted = [t for t in result.calibration.targets if t.weight > 0]
    misfits = dict(zip([t.id for t in result.calibration.targets], result.end.misfits))
    inside = sum(abs(misfits[t.id]) <= 1.0 for t in fitted)
    return f"Calibration {result.calibration.name}: {inside} of {len(fitted)} targets within their band"


def document(result: Fit, figures: tuple[str, ...] = ()) -> Document:
    """The report in reading order."""
    parts: Document = [_head(result), _targets(result), _parameters(result), _values(result)]
    parts += [*_identifiability(result), *([_starts(result)] if len(result.starts) > 1 else []), _path(result)]
    if figures:
        parts.append(Paragraph("\n\n".join(f"![{name}](figures/{name})" for name in figures), "Pictures"))
    return parts


def data(result: Fit) -> dict[str, Any]:
    """The report as JSON values."""
    calibration, found = result.calibration, result.identifiability
    return plain(
        {
            "schema_version": 1,
            "calibration": calibration.name,
            "file": calibration.file,
            "file_sha256": calibration.sha256,
            "scenarios": {name: scenario.sha256 for name, scenario in calibration.scenarios.items()},
            "message": result.message,
            "failed_checks": result.end.failed_checks,
            "misfit": {"before": _misfit(result, result.start), "after": _misfit(result, result.end)},
            "targets": [
                {
                    "id": target.id,
                    "what": described(target),
                    "target": target.target,
                    "band": [target.target - target.tolerance, target.target + target.tolerance],
                    "weight": target.weight,
                    "source": target.source,
                    "before": before,
                    "after": after,
                    "misfit_after": misfit,
                    "within_band": bool(abs(misfit) <= 1.0),
                }
                for target, before, after, misfit in zip(
                    calibration.targets, result.start.answers, result.end.answers, result.end.misfits
                )
            ],
            "parameters": [
                {
                    "name": parameter.name,
                    "acts_as": parameter.acts_as,
                    "unit": parameter.unit,
                    "start": start,
                    "fitted": end,
                    "bounds": [parameter.low, parameter.high],
                    "published_range": list(parameter.published),
                    "at_bound": parameter.at_bound(end),
                    "standard_error_of_range": error,
                    "standard_error_with_prior_of_range": kept,
                    "range_95": posterior_range(parameter, end, _spread(error, kept)),
                    "values": parameter.values(end),
                    "before": parameter.base,
                }
                for parameter, start, end, error, kept in zip(
                    calibration.parameters,
                    result.start.numbers,
                    result.end.numbers,
                    found.standard_errors,
                    found.with_prior,
                )
            ],
            "identifiability": {
                "jacobian": found.jacobian,
                "singular_values": found.singular_values,
                "directions": found.directions,
                "condition": found.condition,
                "correlation": found.correlation,
                "variance_of_misfits": found.variance,
                "prior_weight": calibration.prior_weight,
                "power": calibration.power,
            },
            "points": [
                {"numbers": point.numbers, "misfit": _misfit(result, point), "failed": point.reasons}
                for point in result.path
            ],
            "starts": [
                {"numbers": one.start, "fitted": one.end, "misfit": one.misfit, "failed": one.reason}
                for one in result.starts
            ],
            "derivatives_by_differences_of_runs": result.differences,
            "load_cases_solved": result.solved,
            "load_cases_reused": result.reused,
            "parameter_set": fitted_set(result),
        }
    )


def described(target: Target) -> str:
    """Location of a target, e.g. ``disc, flexion: rotation_deg.L4-L5.flexion at 2.5 N·m``."""
    if target.protocol == TISSUES:
        return f"tissue sample: {target.quantity}"
    text = f"{target.protocol}, {target.case}: {target.quantity}"
    if target.load is None:
        return text
    unit = UNITS[target.load.rsplit("_", 1)[-1]]
    return f"{text} at {target.at:g} {unit}" + ("" if target.since is None else f" minus at {target.since:g} {unit}")


def _head(result: Fit) -> Paragraph:
    calibration = result.calibration
    before, after = _misfit(result, result.start), _misfit(result, result.end)
    lines = [
        calibration.description,
        f"Misfit (root of the summed squares, in half-widths of the bands): {number(before)} before, {number(after)} "
        f"after. {result.message}",
        _derivatives(result),
        f"{result.solved} load cases were solved, {result.reused} taken from earlier calls. Calibration file "
        f"{calibration.file}, sha256 {calibration.sha256[:12]}; mesh density "
        f"{', '.join(dict.fromkeys(s.mesh.density for s in calibration.scenarios.values()))}.",
        "No parameter leaves its published range, so a target out of its band cannot be met by these parameters "
        "within their published ranges.",
    ]
    if calibration.power > 2:
        lines.append(
            f"Fitted is the sum of the misfits to the power of {calibration.power:g}: the largest one is kept small; "
            "standard errors are those of least squares at the fitted values."
        )
    if result.end.failed_checks:
        failed = "; ".join(result.end.failed_checks)
        lines.append(f"At the fitted values checks are OUT OF TOLERANCE, so the set is not to be used: {failed}.")
    return Paragraph("\n\n".join(line for line in lines if line))


def _derivatives(result: Fit) -> str:
    """Sentence on the method for the derivatives."""
    calibration = result.calibration
    if not result.differences.any():
        return "Derivatives: solved at the equilibria of the targets (docs/sensitivity.md)."
    names = np.array([parameter.name for parameter in calibration.parameters])
    told = [
        f"{target.id} ({'every parameter' if row.all() else ', '.join(names[row])})"
        for target, row in zip(calibration.targets, result.differences, strict=True)
        if row.any()
    ]
    return f"Derivatives: solved at the equilibria, but differences of runs for {'; '.join(told)}."


def _targets(result: Fit) -> Table:
    table = Table(
        "Targets",
        ("id", "taken from", "target", "band", "before", "after", "misfit", "within", "source"),
        note="Misfit: deviation in half-widths of the band. A target of weight 0 is shown but not fitted.",
    )
    rows = zip(result.calibration.targets, result.start.answers, result.end.answers, result.end.misfits)
    for target, before, after, misfit in rows:
        band = f"{number(target.target - target.tolerance)} to {number(target.target + target.tolerance)}"
        within = "yes" if abs(misfit) <= 1.0 else "NO"
        within += "" if target.weight else " (not fitted)"
        cells = (number(target.target), band, number(before), number(after), number(misfit, 2), within, target.source)
        table.rows.append((target.id, described(target), *cells))
    return table


def _parameters(result: Fit) -> Table:
    table = Table(
        "Parameters",
        (
            "parameter",
            "acts as",
            "start",
            "fitted",
            "standard error",
            "with prior",
            "95 %",
            "bounds",
            "published range",
            "unit",
            "at bound",
        ),
        note="Standard errors come from the scatter of the targets about this model: they hold if the model is right, "
        "and say nothing about what it leaves out. With prior: its pull is counted as a measurement. "
        "95 %: ± 1.96 standard errors (with prior, where there is one), cut at the bounds.",
    )
    rows = zip(
        result.calibration.parameters,
        result.start.numbers,
        result.end.numbers,
        result.identifiability.standard_errors,
        result.identifiability.with_prior,
    )
    for parameter, start, end, error, kept in rows:
        table.rows.append(
            (
                parameter.name,
                parameter.acts_as,
                number(start, 4),
                number(end, 4),
                _error(parameter, error),
                "—" if math.isnan(kept) else _error(parameter, kept),
                " to ".join(number(end, 3) for end in posterior_range(parameter, end, _spread(error, kept))),
                f"{parameter.low:.4g} to {parameter.high:.4g}",
                f"{parameter.published[0]:.4g} to {parameter.published[1]:.4g}",
                parameter.unit or "-",
                parameter.at_bound(end) or "",
            )
        )
    return table


def _values(result: Fit) -> Table:
    table = Table("Fitted values", ("key", "before", "fitted", "published range", "parameter"))
    for parameter, end in zip(result.calibration.parameters, result.end.numbers):
        for key, value in parameter.values(end).items():
            low, high = parameter.ranges[key]
            cells = (number(parameter.base[key], 4), number(value, 4), f"{low:g} to {high:g}")
            table.rows.append((key, *cells, parameter.name))
    return table


def _spread(error: float, kept: float) -> float:
    return error if math.isnan(kept) else kept


def posterior_range(parameter: Parameter, fitted: float, error: float) -> tuple[float, float]:
    """95 % interval of the number, from the standard error of its share, clipped to the bounds."""
    if not math.isfinite(error):
        return parameter.low, parameter.high
    at = parameter.share(fitted)
    low, high = (parameter.number(min(max(at + side * 1.96 * error, 0.0), 1.0)) for side in (-1.0, 1.0))
    return low, high


def _starts(result: Fit) -> Table:
    columns = [str(i) for i in range(1, len(result.calibration.parameters) + 1)]
    table = Table(
        "Starting points and where the fit ended from them",
        ("start", "misfit", *columns, "not used"),
        note="Columns: the fitted parameters in the order of their table. The prior counts in this misfit.",
    )
    for i, one in enumerate(result.starts, start=1):
        ended = (number(v, 4) for v in one.end or one.start)
        table.rows.append((str(i), number(one.misfit, 4), *ended, one.reason))
    return table


def _error(parameter: Any, error: float) -> str:
    """Standard error of the number from that of its share; larger than the range means unidentified."""
    if not math.isfinite(error) or error > 1.0:
        return "wider than bounds"
    if parameter.log:
        return f"×÷ {(parameter.high / parameter.low) ** error:.3g}"
    return f"± {error * (parameter.high - parameter.low):.3g}"


def _identifiability(result: Fit) -> list[Table | Paragraph]:
    found, names = result.identifiability, [parameter.name for parameter in result.calibration.parameters]
    spectrum = Table(
        "What the targets determine",
        ("singular value", "determined", "direction (parameters in parts of their bounds)"),
        note=f"A singular value says by how many half-widths of a band the targets change when the parameters move "
        f"along the direction by the width of their bounds; below {WEAK:g} the targets hardly determine it. "
        f"Condition number {number(found.condition)}. Rows of the prior are left out.",
    )
    for value, direction in zip(found.singular_values, found.directions):
        spectrum.rows.append((number(value), "yes" if value >= WEAK else "NO", _direction(direction, names)))
    correlation = Table("Correlation of the parameters", ("", *map(str, range(1, len(names) + 1))))
    for i, row in enumerate(found.correlation):
        cells = (number(None if math.isnan(value) else value, 2) for value in row)
        correlation.rows.append((f"{i + 1} {names[i]}", *cells))
    told = [
        f"- {names[i]} and {names[j]} can hardly be distinguished (correlation {r:.3f}, beyond ±{CORRELATED:g})."
        for i, j, r in found.correlated_pairs
    ]
    told += [
        f"- Hardly determined by the targets: {_direction(found.directions[i], names)}"
        + (", kept near the published values by the prior." if result.calibration.prior_weight else ".")
        for i in found.weak
    ]
    if result.calibration.prior_weight:
        told.append(
            f"- The prior adds, for each parameter, {result.calibration.prior_weight:g} × its distance from the value "
            "in the scenario, in parts of its bounds."
        )
    parts: list[Table | Paragraph] = [spectrum, correlation]
    return [*parts, Paragraph("\n".join(told), "Not determined")] if told else parts


def _direction(direction: np.ndarray, names: list[str]) -> str:
    order = np.argsort(-np.abs(direction))
    lead = np.sign(direction[order[0]])
    parts = [f"{lead * direction[i]:+.2f} {names[i]}" for i in order if abs(direction[i]) >= _SMALL_SHARE]
    return " ".join(parts)


def _path(result: Fit) -> Table:
    columns = [str(i) for i in range(1, len(result.calibration.parameters) + 1)]
    table = Table(
        "Points of the fit",
        ("point", "misfit", *columns, "failed"),
        note="Columns: the parameters in the order of their table.",
    )
    for i, point in enumerate(result.path, start=1):
        misfit = number(_misfit(result, point), 4)
        table.rows.append((str(i), misfit, *(number(v, 4) for v in point.numbers), "; ".join(point.reasons)))
    return table


def _misfit(result: Fit, point: Any) -> float:
    weights = np.array([target.weight for target in result.calibration.targets])
    fitted = weights > 0
    return float(np.sqrt(weights[fitted] @ point.misfits[fitted] ** 2))
