"""A tenant's look: words of the design, as a style sheet with an address of its own.

Pages carry no inline style (WB07), so the words travel in a file. Its address names its content:
browsers keep it for good, and a changed look has a new address. Only checked numbers and pictures
of ours go in: `policy.Brand` accepts no CSS.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from tenants.registry import resolution
from tenants.registry.models import Tenant
from tenants.registry.policy import Brand

_PLAIN: Final = Brand()
_FINGERPRINT_CHARACTERS: Final = 12
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


@lru_cache(maxsize=1024)
def stylesheet(brand: Brand) -> str:
    """The properties that differ from the design's own; empty if none does."""
    words = {}
    if brand.hue != _PLAIN.hue:
        words["--brand-hue"] = f"{brand.hue:g}"
    if brand.chroma != _PLAIN.chroma:
        words["--brand-chroma"] = f"{brand.chroma:g}"
    if brand.radius_rem != _PLAIN.radius_rem:
        words["--tenant-radius"] = f"{brand.radius_rem:g}rem"
    if brand.picture:
        words["--tenant-image"] = f'url("{static(f"img/stage-{brand.picture}.webp")}")'
    lines = "".join(f"  {name}: {value};\n" for name, value in words.items())
    return f":root {{\n{lines}}}\n" if lines else ""


@lru_cache(maxsize=1024)
def fingerprint(brand: Brand) -> str:
    """Names the content in the address; empty for a tenant that looks like Signet itself."""
    text = stylesheet(brand)
    return sha256(text.encode()).hexdigest()[:_FINGERPRINT_CHARACTERS] if text else ""


def address(tenant: Tenant) -> str:
    """Where a tenant's style sheet is, or an empty text if it has none."""
    mark = fingerprint(tenant.policy.brand)
    return reverse("tenant-theme", args=[tenant.slug, mark]) if mark else ""


def look(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `tenant_theme_url` on every page of a tenant."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    return {"tenant_theme_url": address(tenant) if tenant else ""}


@require_safe
def theme(_request: HttpRequest, slug: str, mark: str) -> HttpResponse:
    """`/theme/<slug>/<mark>.css`. Whoever asks under an old mark gets the look of now."""
    tenant = resolution.by_slug(slug)
    if tenant is None:
        raise Http404("No such tenant")
    brand = tenant.policy.brand
    response = HttpResponse(stylesheet(brand), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = _FOR_GOOD if mark == fingerprint(brand) else "no-cache"
    return response


urlpatterns = [path("<str:slug>/<slug:mark>.css", theme, name="tenant-theme")]
