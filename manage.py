#!/usr/bin/env python3
"""Command line of Signet: `manage.py help` lists the commands."""

import os
import sys

from django.core.management import execute_from_command_line

from identity.config.running.cluster import ClusterError
from identity.config.running.database import borrowed

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "identity.config.settings.dev")
    try:
        with borrowed():
            execute_from_command_line(sys.argv)
    except ClusterError as problem:
        sys.exit(str(problem))
