"""Each defect of django-oauth-toolkit that was found in it before it was built upon.

Numbers are those of docs/specs.md. Defects 2 and 5 are races as well: see test_races.
"""

from typing import Any

import pytest
from oauth2_provider.models import AbstractDeviceGrant
from oauth2_provider.views import TokenView as ToolkitTokenView

from identity.tenancy.scope import tenant_scope
from oidc.provider.models import AccessToken, AuthorizationCode, DeviceGrant, IDToken
from oidc.provider.token import FormTokenView, NativeTokenView, TokenView
from oidc.provider.validator import Validator
from tests.devices.relying_party import answer_in
from tests.oidc.parties import Scene


def test_1_the_device_grant_is_not_offered_at_all(scene: Scene) -> None:
    """Defect 1: device authorization raises TypeError with oauthlib 4."""
    document = scene.app.metadata
    assert "device_authorization_endpoint" not in document
    assert scene.app.send("POST", "/device_authorization").status_code == 404


def test_2_a_reused_refresh_token_is_an_error_of_the_client(scene: Scene) -> None:
    """Defect 2: the loser of two refreshes got a 500, and the family stayed alive."""
    first = scene.tokens(scope="openid offline_access")
    second = scene.app.refresh(first["refresh_token"])
    assert scene.app.refresh(first["refresh_token"]).status == 400
    assert scene.is_dead(second)


@pytest.mark.parametrize("form", [{}, {"device_code": "x"}])
def test_3_a_device_code_is_redeemed_by_nobody(scene: Scene, form: dict[str, str]) -> None:
    """Defect 3: redeemable repeatedly, late, by others; without a code a 500."""
    answer = scene.app.token(grant_type="urn:ietf:params:oauth:grant-type:device_code", **form)
    assert (answer.status, answer["error"]) == (400, "unsupported_grant_type")
    with tenant_scope(scene.tenant.id):
        assert issubclass(DeviceGrant, AbstractDeviceGrant)
        assert not DeviceGrant.objects.exists()


def test_4_a_silent_request_of_somebody_signed_in_is_answered(scene: Scene) -> None:
    """Defect 4: prompt=none while signed in: NotImplementedError."""
    scene.tokens()
    _, response = scene.authorize(prompt="none")
    assert "code" in answer_in(response.headers["Location"])


def test_5_one_code_gives_one_set_of_tokens(scene: Scene) -> None:
    """Defect 5: two access tokens were stored, and a replay revoked nothing."""
    asked, code = scene.code()
    tokens = scene.app.exchange(code, asked)
    assert scene.app.exchange(code, asked)["error"] == "invalid_grant"
    assert scene.is_dead(tokens)
    with tenant_scope(scene.tenant.id):
        assert AuthorizationCode.objects.count() == 1
        assert not AccessToken.objects.exists()
        assert not IDToken.objects.exists()


@pytest.mark.parametrize("field", ["client_id", "code", "redirect_uri", "code_verifier"])
def test_6_a_nul_is_an_error_of_the_client(scene: Scene, field: str) -> None:
    """Defect 6: NUL byte in client_id: 500 with psycopg 3."""
    asked, code = scene.code()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": scene.app.redirect_uri,
        "code_verifier": asked.code_verifier,
        field: "a\x00b",
    }
    assert scene.app.token(**form)["error"] == "invalid_request"


def test_7_each_view_has_its_own_validator() -> None:
    """Defect 7: a subclass of a view silently keeps the parent's validator."""

    class StricterValidator(Validator):
        """Somebody's later subclass."""

    class StricterView(TokenView):
        validator_class = StricterValidator

    def validator_of(view: Any) -> type:
        return type(view.get_oauthlib_core().server.request_validator)

    assert validator_of(StricterView) is StricterValidator
    for view in (TokenView, NativeTokenView, FormTokenView):
        assert validator_of(view) is Validator
        assert "_oauthlib_core" in vars(view)
    assert "_oauthlib_core" not in vars(ToolkitTokenView)
