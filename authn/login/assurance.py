"""How much a sign-in is worth: from the proofs made (`amr`, RFC 8176) to one class (`acr`)."""

from collections.abc import Collection, Sequence
from typing import Final

ONE_FACTOR: Final = "urn:signet:acr:1"
TWO_FACTORS: Final = "urn:signet:acr:2"
# Ascending: a higher class is good wherever a lower one was asked for.
CLASSES: Final = (ONE_FACTOR, TWO_FACTORS)

# What kind of thing each RFC 8176 word proves.
_KNOWLEDGE: Final = frozenset({"pwd", "pin", "kba"})
_POSSESSION: Final = frozenset({"otp", "hwk", "swk", "sms", "tel", "sc"})
_INHERENCE: Final = frozenset({"fpt", "face", "iris", "retina", "vbm"})


def acr_for(amr: Collection[str]) -> str:
    """The class that proofs of these kinds reach: two factors are two *different* kinds."""
    # Beside a picture's key `pin` says what activated it: possession still, and one factor.
    proofs = {word for word in amr if word != "pin"} if "swk" in amr else set(amr)
    kinds = sum(bool(kind & proofs) for kind in (_KNOWLEDGE, _POSSESSION, _INHERENCE))
    return TWO_FACTORS if kinds > 1 or "mfa" in amr else ONE_FACTOR


def is_enough(acr: str, acr_values: Sequence[str]) -> bool:
    """Whether `acr` is at least the lowest class that was asked for.

    OpenID Connect Core §3.1.2.1: `acr_values` is a wish; classes that we do not know are no wish.
    """
    wished = [CLASSES.index(value) for value in acr_values if value in CLASSES]
    if not wished:
        return True
    return acr in CLASSES and CLASSES.index(acr) >= min(wished)
