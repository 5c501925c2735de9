"""What the console says."""

import sys
from typing import Any

NAME_COLUMNS = 6


def say(text: str) -> None:
    """One short line (or a block) to whoever started us."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def announce(plan: dict[str, Any], *, seconds: float) -> None:
    """Addresses and, in the embedded default, the demo sign-ins (their passwords at the first start
    only); last the line that scripts wait for."""
    if demo := plan["demo"]:
        say(
            f"\n  Console             {demo['console']}"
            f"\n  Your account        {demo['account']}"
            f"\n  Demo relying party  {demo['relying_party']}"
            f"\n\n  Sign in as"
        )
        for name, who in demo["people"].items():
            password = f"{demo['passwords'][name]}   " if plan["is_first_start"] else ""
            say(f"    {name:{NAME_COLUMNS}} {password}{who}")
        if not plan["is_first_start"]:
            say(f"  with the passwords in {plan['demo_file']}")
        say("")
    say(f"Signet is ready: {plan['public_url']}")
    say(f"({seconds:.1f} s; Ctrl-C stops it)")
