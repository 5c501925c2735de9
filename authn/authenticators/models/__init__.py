"""What proofs are checked against. Each table holds digests or sealed values, never a secret."""

from authn.authenticators.models.api_key import ApiKey
from authn.authenticators.models.image import ImageSource, PageKey, SpentChallenge, VisualSecret
from authn.authenticators.models.password import Password

__all__ = ["ApiKey", "ImageSource", "PageKey", "Password", "SpentChallenge", "VisualSecret"]
