"""``python -m benchmarks`` is ``make bench``."""

import sys

from benchmarks import run

sys.exit(run.main())
