"""`python -m identity.config.running` is `make run`."""

import os
import sys

from identity.config.running.places import CHECKOUT, from_environment
from identity.config.running.supervisor import Supervisor

PRODUCTION = "identity.config.settings.production"


def main() -> int:
    settings_module = os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", "identity.config.settings.dev"
    )
    os.chdir(CHECKOUT)
    is_embedded = not os.environ.get("DATABASE_URL") and settings_module != PRODUCTION
    return Supervisor(from_environment(), is_embedded=is_embedded).run()


if __name__ == "__main__":
    sys.exit(main())
