"""Files with the surfaces of a person's vertebrae."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, create_model, field_serializer

from fem_lumbar.anatomy.spine import LEVELS, OneOf
from fem_lumbar.foundation.parameters import StrictModel

FILE_KEYS = (*LEVELS, "segmentation")

_FILE_OF_LEVEL: dict[str, Any] = dict.fromkeys(LEVELS, (str | None, None))
_LevelFiles = create_model("_LevelFiles", __base__=StrictModel, **_FILE_OF_LEVEL)


class PersonSurfaces(_LevelFiles):
    """A surface file (STL, OBJ, PLY; mm) for each vertebra, or a labelled NIfTI image, beside the scenario file."""

    segmentation: str | None = Field(None, description="NIfTI image with a number for each vertebra")
    labels: Literal["totalsegmentator", "totalsegmentator_v1", "totalsegmentator_v2", "verse", "spider"] | None = Field(
        None, description="what made the labels: which number is which vertebra; without a version the latest one"
    )
    sha256: dict[Annotated[str, OneOf(FILE_KEYS)], str] = Field(
        default_factory=dict, description="hashes of the files; filled in when a scenario is read, checked when given"
    )
    _paths: dict[str, Path] = PrivateAttr(default_factory=dict)

    @field_serializer(*FILE_KEYS)
    def _name_only(self, given: str | None) -> str | None:
        """The name of a file without its folder: resolved scenarios are shared."""
        return None if given is None else PurePath(given).name

    @property
    def paths(self) -> dict[str, Path]:
        """Paths of the files found, by key."""
        return self._paths

    @property
    def given(self) -> dict[str, str]:
        """Names of the files by key, as in the scenario."""
        return {key: name for key in FILE_KEYS if (name := getattr(self, key)) is not None}

    def found_at(self, paths: dict[str, Path]) -> PersonSurfaces:
        """A copy with the paths of its files and their SHA-256 hashes."""
        hashes = {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in paths.items()}
        found = self.model_copy(update={"sha256": hashes})
        found._paths = dict(paths)
        return found
