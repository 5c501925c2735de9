"""``python -m identity.demo`` serves the demo relying party until it is told to stop."""

import os
import signal
import sys
from types import FrameType

from identity.demo import server
from identity.demo.settings import MalformedSetting, Settings


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> int:
    try:
        settings = Settings.read(sys.argv[1:], os.environ)
    except MalformedSetting as fault:
        sys.stderr.write(f"demo relying party: {fault}\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    server.serve(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
