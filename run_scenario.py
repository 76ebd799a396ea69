"""``python run_scenario.py SCENARIO.yaml [...]`` is ``fem-lumbar run SCENARIO.yaml [...]``."""

import sys

from fem_lumbar.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
