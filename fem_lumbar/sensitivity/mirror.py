"""Derivatives of a load case from those of its mirror image, for symmetric scenarios."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.measures.quantities import TO_THE_LEFT, is_symmetric, mirrored_data, mirrored_name, mirrored_path
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.sensitivity.parameters import Parameter
from fem_lumbar.sensitivity.table import CaseDerivatives


def mirrored_cases(scenario: Scenario, segment: Segment, found: Sequence[Parameter]) -> dict[str, str]:
    """Load cases whose derivatives are the mirror image of those of an earlier load case."""
    if not segment.mesh.is_symmetric or not is_symmetric(scenario.resolved()):
        return {}
    keys = {one.key for one in found}
    if any(mirrored_key(key) not in keys for key in keys if not key.startswith("load_cases.")):
        return {}
    images: dict[str, str] = {}
    before: list[str] = []
    for name, case in scenario.load_cases.items():
        other = mirrored_name(name)
        if other in before and _is_image(case, scenario.load_cases[other]):
            own = {mirrored_key(key) for key in keys if key.startswith(f"load_cases.{other}.")}
            if {key for key in keys if key.startswith(f"load_cases.{name}.")} == own:
                images[name] = other
        before.append(name)
    return images


def mirrored_key(key: str) -> str:
    """A key path with left and right exchanged."""
    return ".".join(mirrored_name(part) for part in key.split("."))


def mirrored_derivatives(of: CaseDerivatives, found: Sequence[Parameter]) -> CaseDerivatives:
    """The mirror image of derivatives: results and parameters with left and right exchanged."""
    place = {one.key: i for i, one in enumerate(found)}
    derivatives, errors = np.zeros_like(of.derivatives), np.zeros_like(of.errors)
    signs = np.array([mirrored_path(path)[1] for path in of.paths])
    kinks: dict[int, str] = {}
    for row, one in enumerate(found):
        image = place.get(mirrored_key(one.key))
        if image is None:  # it belongs to a load case without a mirror image here, and has no effect in this one
            continue
        way = -1.0 if one.path[-1] in TO_THE_LEFT else 1.0
        derivatives[row], errors[row] = way * signs * of.derivatives[image], of.errors[image]
        if image in of.kinks:
            kinks[row] = _mirrored_words(of.kinks[image])
    return CaseDerivatives([mirrored_path(path)[0] for path in of.paths], signs * of.values, derivatives, errors, kinks)


def _is_image(one: LoadCase, other: LoadCase) -> bool:
    """Whether two cases apply mirror images of each other, with directions that match their names."""
    a = one.model_dump(mode="json")
    return a == mirrored_data(other.model_dump(mode="json")) and not a.get("moment_vector_Nm")


def _mirrored_words(text: str) -> str:
    return " ".join(mirrored_name(word) for word in text.split(" "))
