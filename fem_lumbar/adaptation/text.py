"""The answer as tables and paragraphs: left and right loads over months, loop gain, evidence, assumptions."""

from __future__ import annotations

import numpy as np

from fem_lumbar.adaptation.gain import Gain
from fem_lumbar.adaptation.measured import BRANCH, FACET, PRESSURE_IN_DISC, crossed_by
from fem_lumbar.adaptation.parameters import constants
from fem_lumbar.adaptation.response import HELD_OUT
from fem_lumbar.adaptation.study import BAND, RATIO, Adaptation, Effect, shares
from fem_lumbar.anatomy.muscles import medial_branches
from fem_lumbar.documents.evidence import evidence
from fem_lumbar.documents.tables import Document, Paragraph, Table, number, signed
from fem_lumbar.foundation.conventions import SIDES

_TOLD = (0, 6, 12, 24)
"""Months that have a column of their own, beside the last one."""


def adaptation_title(study: Adaptation) -> str:
    """Heading."""
    lesion = ", ".join(f"{side} {100 * part:g} %" for side, part in study.asked.lesion.items() if part)
    return (
        f"Adaptation after loss of the medial branch of {study.asked.branch}: {study.name}, {study.asked.case}, "
        f"lesion {lesion or 'none'}, {study.asked.months} months, {study.solved.density} mesh"
    )


def adaptation_document(study: Adaptation) -> Document:
    """Tables and paragraphs."""
    return [
        Paragraph.bulleted(answer(study), "In short"),
        _shares(study),
        _effects(study),
        _gains(study),
        _interpolation(study),
        _constants(study),
        Paragraph.bulleted(evidence("adaptation_for"), "Evidence for"),
        Paragraph.bulleted(evidence("adaptation_against"), "Evidence against"),
        Paragraph.bulleted(left_out(study), "Left out"),
    ]


def answer(study: Adaptation) -> list[str]:
    """Conclusions, one line each."""
    last = len(study.months) - 1
    told = [one for one in study.effects if one.name.startswith((FACET, PRESSURE_IN_DISC)) or one.name == RATIO]
    lines = [_silent(study)] if _is_silent(study) else []
    lines += [f"{one.name}: {_verdict_of(one, 0)} at the start, {_verdict_of(one, last)} at the end." for one in told]
    added = 100.0 * (study.sampled.lost[last] - study.open_loop.lost[last])
    told_of = ", ".join(f"{side} {_band(added[:, k])}" for k, side in enumerate(SIDES))
    lines.append(f"What the feedback adds to the force lost at the end, % points: {told_of}.")
    lines.append(f"Loop gain of a small loss: {_band(study.small.of_loss)}: {gain_verdict(study.small)}.")
    lines.append(f"Of the asymmetry: {asymmetry_verdict(study.small)}.")
    lines.append(critical(study))
    return lines


def gain_verdict(gain: Gain) -> str:
    """Whether a small loss grows or dies out, over the samples."""
    above = float(np.mean(gain.of_loss > 1.0))
    if not gain.of_loss.any():
        return "no load on nerve or facet rises with it, so nothing comes back and it dies out"
    if above == 0.0:
        return "below 1 in every sample, so a loss dies out"
    if above == 1.0:
        return "above 1 in every sample, so a loss grows"
    return f"above 1 in {100 * above:.0f} % of the samples, so it is not known whether a loss grows"


def asymmetry_verdict(gain: Gain) -> str:
    """Effect of the loop on a left-right difference."""
    low, _, high = np.quantile(gain.of_asymmetry, BAND)
    told = f"gain {_band(gain.of_asymmetry)}"
    if not gain.of_asymmetry.any():
        return "neither larger nor smaller by the loop, as no load rises with a loss"
    if low >= 1.0:
        return f"{told}: it grows"
    if high < 0.0:
        return f"{told}: the other side loses more, it evens out"
    if high < 1.0:
        return f"{told}: it dies out"
    return f"{told}: not known whether it grows"


def critical(study: Adaptation) -> str:
    """Distance of the assumed feedback parameters from an unstable loop."""
    largest = float(np.quantile(study.small.of_loss, BAND[-1]))
    if largest == 0.0:
        return "No constant of the feedback makes a loss grow: no load rises with it, or they are all 0."
    factor = 1.0 / largest
    than = "times as large" if factor >= 1.0 else "times what was assumed (smaller)"
    return f"For a gain of 1 at the upper end of its band, the rates of feedback must be {number(factor, 2)} {than}."


def left_out(study: Adaptation) -> list[str]:
    """Effects that the loop leaves out."""
    solved = study.solved
    how = ", the others by reflection" if solved.mirrored else ""
    return [
        "Remodelling of bone, cartilage, discs and ligaments; training; other branches; ossification that goes on.",
        "Bands are those of the constants alone, drawn evenly and independently from their ranges (5 to 95 %).",
        f"The mesh error is not known: one mesh ({solved.density}). Activations are those of least effort, without "
        "co-contraction; people share the work of muscles otherwise.",
        f"{solved.runs} finite element solutions{how}; results between them are interpolated.",
        "A fibre without nerve gives no force at once; its size counts again when it is reinnervated.",
        *study.notes,
    ]


def _shares(study: Adaptation) -> Table:
    at = _columns(study)
    table = Table(
        f"Fibres of {', '.join(one.removeprefix('multifidus.') for one in medial_branches()[study.asked.branch])}, %: "
        "middle (5 to 95 %)",
        ("side", "share", *(f"{study.months[k]:g} months" for k in at)),
        note=f"The branch of {study.asked.branch} runs under the ligament of {crossed_by(study.asked.branch)}.",
    )
    for k, side in enumerate(SIDES):
        for name, values in shares(study.sampled).items():
            low, middle, high = np.quantile(100.0 * values[at, :, k], BAND, axis=1)
            cells = (f"{m:.0f} ({a:.0f} to {b:.0f})" for a, m, b in zip(low, middle, high, strict=True))
            table.rows.append((side, name, *cells))
    return table


def _effects(study: Adaptation) -> Table:
    at = _columns(study)
    table = Table(
        "Change against no loss, middle (5 to 95 %)",
        ("result", "unit", "before", *(f"{study.months[k]:g} months" for k in at), "error ±", "verdict at the end"),
        note="Error: interpolation where it was checked, and numerical floor; the mesh error comes on top and is not "
        "known. 'No effect': exactly 0. 'Not resolved': below the error. 'Perhaps none': the band reaches the error.",
    )
    for one in study.effects:
        digits = _decimals(one)
        cells = []
        for k in at:
            low, middle, high = one.band[:, k] - one.before
            cells.append(f"{signed(middle, digits)} ({signed(low, digits)} to {signed(high, digits)})")
        error = number(one.uncertainty, 1) if np.isfinite(one.uncertainty) else "—"
        table.rows.append((one.name, one.unit, f"{one.before:.{digits}f}", *cells, error, one.verdict(at[-1])))
    return table


def _gains(study: Adaptation) -> Table:
    gains = {"a small loss": study.small, "a whole loss": study.whole}
    table = Table(
        f"Loop gain over {study.asked.months} months, middle (5 to 95 %)",
        ("by", "slopes of", "left by left", "right by left", "left by right", "right by right"),
        note="Further loss per loss before it has healed. 'Right by left': loss on the right that one on the left "
        "brings about. Negative: the load there falls, which gives no nerve back and counts as 0 in the gain. Gain of "
        "any loss, the largest eigenvalue: "
        + ", ".join(f"{_band(gain.of_loss)} for {name}" for name, gain in gains.items())
        + ". Above 1 a loss grows.",
    )
    for name, gain in gains.items():
        for way, matrix in {"nerve": gain.nerve, "facet": gain.joint}.items():
            parts = (matrix[:, 0, 0], matrix[:, 1, 0], matrix[:, 0, 1], matrix[:, 1, 1])
            table.rows.append((way, name, *map(_band, parts)))
    return table


def _interpolation(study: Adaptation) -> Table:
    response, left, right = study.solved.response, *HELD_OUT
    table = Table(
        f"Interpolation at a loss of {100 * left:g} % left, {100 * right:g} % right, where it was solved too",
        ("result", "solved", "interpolated", "difference"),
    )
    for name, value in study.solved.held_out.items():
        found = float(response.of(name, np.array(HELD_OUT)))
        table.rows.append((name, number(value, 5), number(found, 5), number(found - value, 2)))
    return table


def _constants(study: Adaptation) -> Table:
    table = Table("Constants", ("key", "value", "unit", "drawn from", "confidence", "source"))
    for key, one in constants().items():
        fixed = key in study.asked.fixed
        value = study.asked.fixed[key] if fixed else one.value
        span = "fixed" if fixed or one.range is None else f"{one.range[0]:g} to {one.range[1]:g}"
        table.rows.append((key, f"{value:g}", one.unit, span, one.confidence, one.source))
    return table


def _is_silent(study: Adaptation) -> bool:
    return all(one.before == 0.0 for one in study.effects if one.name.startswith(f"{BRANCH} force"))


def _silent(study: Adaptation) -> str:
    return (
        f"The fascicles of the branch of {study.asked.branch} do not pull in {study.asked.case}: least effort leaves "
        "them silent, so their loss changes nothing here. Another task may use them."
    )


def _verdict_of(one: Effect, at: int) -> str:
    low, middle, high = one.band[:, at] - one.before
    verdict = one.verdict(at)
    if verdict in ("no effect", "not resolved"):
        return verdict
    digits = _decimals(one)
    told = f"{verdict}, {signed(middle, digits)} ({signed(low, digits)} to {signed(high, digits)})"
    return told if one.unit == "-" else f"{told} {one.unit}"


def _columns(study: Adaptation) -> list[int]:
    last = len(study.months) - 1
    return sorted({month for month in _TOLD if month < last} | {last})


def _decimals(one: Effect) -> int:
    """Number of decimals that are significant given the error, at least enough to show the value."""
    error = one.uncertainty if np.isfinite(one.uncertainty) and one.uncertainty > 0.0 else 1e-3
    return int(np.clip(np.ceil(-np.log10(error)), 0, 5))


def _band(values: np.ndarray) -> str:
    """Median and band of samples."""
    low, middle, high = (number(one, 2) for one in np.quantile(values, BAND))
    return f"{middle} ({low} to {high})"
