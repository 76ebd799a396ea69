"""Mesh density for which the bands are intended, and the expected shift at other densities."""

from __future__ import annotations

from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.experiments.validation.protocols import protocol_names, protocol_scenario

SHOWN = {"rotation_deg": "rotations", "idp_MPa": "disc pressures", "facet_force_N": "facet forces"}
_SMALL = 0.1
"""Fraction of the largest number of a kind below which a number is ignored: a facet may barely close on one mesh."""


def meant_density() -> str:
    """Density of the shipped protocols, at which the declared set must pass."""
    return protocol_scenario(protocol_names()[0]).mesh.density


def expectation(density: str, meant: str, bars: DiscretisationBars) -> str:
    """Text on the expected results at a density other than the intended one, from the stored convergence study."""
    told = f"the declared set is meant to pass at {meant} density"
    if density == meant:
        return f"{told}, as used here"
    compared = compared_density(meant, bars)
    off = {} if compared in (None, density) else largest_shift(density, compared, bars)
    if not off:
        return f"{told}; the deviation of results at {density} density from those is not stored"
    those = "those" if compared == meant else f"those at {compared}, the finest density stored"
    shifts = ", ".join(f"{name} up to {100 * off[section]:.2g} %" for section, name in SHOWN.items() if section in off)
    return (
        f"{told}; at {density} density values deviate from {those} ({shifts} in the stored convergence study of the "
        f"{bars.data['provenance']['scenario']}), so that targets near the end of their band may be missed"
    )


def compared_density(meant: str, bars: DiscretisationBars) -> str | None:
    """Reference density for the others: the intended one, else the finest stored; None without any."""
    stored = list(bars.data.get("densities", ()))
    return meant if meant in stored else stored[-1] if stored else None


def largest_shift(density: str, meant: str, bars: DiscretisationBars) -> dict[str, float]:
    """Largest relative change of rotations, pressures and facet forces between two densities.

    Only numbers of at least a tenth of the largest of their kind under any load count.
    """
    stored = list(bars.data.get("densities", ()))
    if density not in stored or meant not in stored:
        return {}
    here, there = stored.index(density), stored.index(meant)
    pairs: dict[str, list[tuple[float, float]]] = {}
    for case in bars.data["load_cases"].values():
        for path, entry in case["quantities"].items():
            section, value, wanted = path.split(".")[0], entry["value"][here], entry["value"][there]
            if section in SHOWN and None not in (value, wanted):
                pairs.setdefault(section, []).append((value, wanted))
    found: dict[str, float] = {}
    for section, values in pairs.items():
        least = _SMALL * max(abs(wanted) for _, wanted in values)
        shifts = [abs(value / wanted - 1.0) for value, wanted in values if least <= abs(wanted) > 0.0]
        if shifts:
            found[section] = max(shifts)
    return found
