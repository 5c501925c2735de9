"""The style sheet that carries a tenant's look."""

import re
from typing import get_args
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from tenants.registry import theme
from tenants.registry.models import Tenant
from tenants.registry.policy import Brand, TenantPolicy
from tests.builders.tenants import a_tenant

HARBOUR = Brand(hue=256, chroma=0.11, radius_rem=0.4, picture="harbour")
HERE = {"host": urlsplit(settings.PUBLIC_URL).netloc}


def test_only_what_differs_from_the_design_is_said() -> None:
    """design: "A tenant's stylesheet may set the five properties … nothing else"."""
    assert theme.stylesheet(Brand()) == ""
    assert theme.stylesheet(HARBOUR) == (
        ":root {\n"
        "  --brand-hue: 256;\n"
        "  --brand-chroma: 0.11;\n"
        "  --tenant-radius: 0.4rem;\n"
        '  --tenant-image: url("/static/img/stage-harbour.webp");\n'
        "}\n"
    )


@pytest.mark.parametrize("picture", ["https://pictures.example/a.webp", '");}body{', "../secret"])
def test_a_picture_is_one_of_ours(picture: str) -> None:
    """RU15: no third-party loads; a picture from elsewhere would see who signs in."""
    with pytest.raises(ValueError, match="picture"):
        Brand.model_validate({"picture": picture})


@pytest.mark.parametrize("picture", get_args(Brand.model_fields["picture"].annotation))
def test_every_picture_that_may_be_chosen_is_here(picture: str) -> None:
    """A picture that is missing leaves the stage of each sign-in page empty."""
    sheet = theme.stylesheet(Brand.model_validate({"picture": picture}))

    found = re.findall(r'url\("/static/([^"]+)"\)', sheet)

    assert len(found) == bool(picture)
    assert all(finders.find(name) for name in found)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1, 361])
def test_a_hue_is_a_place_on_the_circle(number: float) -> None:
    """A value that CSS cannot read would leave every page of the tenant without colours."""
    with pytest.raises(ValueError, match="hue"):
        Brand(hue=number)


def test_a_changed_look_has_a_new_address() -> None:
    """Browsers keep the sheet for good, so its address must say what is in it."""
    first = theme.address(_tenant(HARBOUR))
    second = theme.address(_tenant(HARBOUR.model_copy(update={"hue": 20})))

    assert first != second
    assert re.fullmatch(r"/theme/harbour/[0-9a-f]{12}\.css", first)


def test_a_tenant_without_a_look_of_its_own_loads_nothing_more() -> None:
    """A style sheet that says nothing is a request that a sign-in waits for."""
    assert theme.address(_tenant(Brand())) == ""


@pytest.mark.django_db
def test_the_sheet_is_served_to_keep_and_an_old_address_is_not_kept(client: Client) -> None:
    """RFC 8246 §2: immutable says that the response will not be updated while it is fresh."""
    tenant = a_tenant("harbour", brand=HARBOUR.model_dump())

    current = client.get(theme.address(tenant), headers=HERE)
    old = client.get("/theme/harbour/000000000000.css", headers=HERE)

    assert current.headers["Content-Type"] == "text/css; charset=utf-8"
    assert current.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert current.content == old.content == theme.stylesheet(HARBOUR).encode()
    assert old.headers["Cache-Control"] == "no-cache"


@pytest.mark.django_db
def test_an_unknown_tenant_has_no_look(client: Client) -> None:
    """The answer for a name that nobody has is the same as for any other address."""
    assert client.get("/theme/nobody/000000000000.css", headers=HERE).status_code == 404


def _tenant(brand: Brand) -> Tenant:
    policy = TenantPolicy(brand=brand)
    return Tenant(
        slug="harbour", display_name="Harbour", policy_document=policy.model_dump(mode="json")
    )
