"""Third-party middleware that only pages need."""

from whitenoise.middleware import WhiteNoiseMiddleware

from identity.kernel.stacks import PagesOnly


class StaticFilesMiddleware(PagesOnly, WhiteNoiseMiddleware):  # type: ignore[misc]  # untyped
    """Style sheets, scripts and pictures, with cache headers."""
