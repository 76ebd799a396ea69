"""``python -m fem_lumbar`` is the command ``fem-lumbar``."""

import sys

from fem_lumbar.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
