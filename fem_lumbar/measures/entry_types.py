"""Names and numbers that entries of a load case are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Len
from pydantic import StringConstraints

from fem_lumbar.foundation.conventions import ALL_LIGAMENTS

_BODY = r"[A-Z]\d+"
Body = Annotated[str, StringConstraints(pattern=rf"^{_BODY}$")]
Joint = Annotated[str, StringConstraints(pattern=rf"^{_BODY}-{_BODY}$")]
"""Upper and lower body: neighbours, or the ends of the segment."""
Place = Annotated[str, StringConstraints(pattern=rf"^{_BODY}(-{_BODY})?$")]
_LIGAMENT = rf"({'|'.join(ALL_LIGAMENTS)})(_(left|right))?"
Ligament = Annotated[str, StringConstraints(pattern=rf"^{_LIGAMENT}$")]
_CONTACT = r"facet_(left|right)|bone_contact_(left|right|spinous)"
_BONDED = r"bridge_(ALL|PLL)|transition_(left|right)"
Structure = Annotated[str, StringConstraints(pattern=rf"^(disc|{_CONTACT}|{_BONDED}|{_LIGAMENT})$")]
CleftPlace = Literal["midline", "left", "right"]
Cause = Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
Vector = Annotated[list[float], Len(3, 3)]
NotNegative = Annotated[float, Ge(0)]
Count = Annotated[int, Ge(0)]
Direction = Literal["upper", "lower"]
"""Kind of limit of a check."""
