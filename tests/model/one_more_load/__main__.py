"""The program with one more kind of load."""

from __future__ import annotations

import sys

from fem_lumbar.scenario.load_kinds.kinds import SECTIONS
from tests.model.one_more_load.section import DeadForceSection

SECTIONS.append(DeadForceSection)

from fem_lumbar.model.load_kinds.kinds import LOADS  # noqa: E402 - scenarios are typed by the sections there are
from tests.model.one_more_load.mechanics import DeadForceLoad  # noqa: E402

LOADS.append(DeadForceLoad)

from fem_lumbar.cli.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
