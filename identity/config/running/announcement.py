"""What the console says."""

import sys
from typing import Any

NAME_COLUMNS = 6


def say(text: str) -> None:
    """One short line (or a block) to whoever started us."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def announce(plan: dict[str, Any], *, seconds: float) -> None:
    """Addresses and, in the embedded default, the demo sign-ins; last the line scripts wait for."""
    if demo := plan["demo"]:
        say(
            f"\n  Console             {demo['console']}"
            f"\n  Your account        {demo['account']}"
            f"\n  Demo relying party  {demo['relying_party']}"
            f"\n\n  Sign in as"
        )
        for name, password in demo["passwords"].items():
            say(f"    {name:{NAME_COLUMNS}} {password}   {demo['people'][name]}")
        say("")
    say(f"Signet is ready: {plan['public_url']}")
    say(f"({seconds:.1f} s; Ctrl-C stops it)")
