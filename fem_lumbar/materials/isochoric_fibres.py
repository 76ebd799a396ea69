"""Fibres on the isochoric deformation, as in FEBio and CalculiX, for comparisons with these codes."""

from __future__ import annotations

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.pointwise import ISOCHORIC_FIBRES


class IsochoricFibres(FibreReinforced):
    """As :class:`FibreReinforced` with C / J^(2/3) in place of C in the strain of the fibres, and without their toe."""

    number = ISOCHORIC_FIBRES
