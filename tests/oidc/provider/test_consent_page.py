"""A person allows an application, sees what, and nobody else decides for them."""

import re

from identity.kernel.actors import SYSTEM
from identity.tenancy.scope import tenant_scope
from oidc.consents import consenting
from oidc.consents.models import Consent
from oidc.provider.models import AuthorizationCode, AuthorizationRequest
from tests.builders.signing_in import Browser, a_person
from tests.devices.relying_party import answer_in
from tests.oidc.parties import App, Scene, a_scene, an_app


def a_third_party_scene() -> Scene:
    """The application is somebody else's: it must be allowed."""
    return a_scene(skip_consent=False)


def test_a_third_party_is_allowed_once_and_asked_again_for_more(db: None) -> None:
    """OpenID Connect Core §3.1.2.4: consent before releasing information; it is remembered."""
    scene = a_third_party_scene()
    _, response = scene.authorize(scope="openid profile")
    page_url = scene.sign_in(response).headers["Location"]
    page = scene.browser.get(page_url).content.decode()
    assert "See your name" in page
    assert "See your e-mail address" not in page
    allowed = scene.browser.post(page_url, decision="allow")
    assert "code" in answer_in(allowed.headers["Location"])

    _, silent = scene.authorize(scope="openid profile", prompt="none")
    assert "code" in answer_in(silent.headers["Location"])
    _, more = scene.authorize(scope="openid profile email")
    page = scene.browser.get(more.headers["Location"]).content.decode()
    assert "See your e-mail address" in page
    assert page.count("New") == 1


def test_silence_is_no_consent(db: None) -> None:
    """AZ11: prompt=none with a new scope → RE(consent_required)."""
    scene = a_third_party_scene()
    scene.tokens(scope="openid")
    _, response = scene.authorize(scope="openid email", prompt="none")
    assert answer_in(response.headers["Location"])["error"] == "consent_required"


def test_saying_no_is_told_to_the_client_and_stored_nowhere(db: None) -> None:
    """RFC 6749 §4.1.2.1, access_denied."""
    scene = a_third_party_scene()
    asked, response = scene.authorize()
    page_url = scene.sign_in(response).headers["Location"]
    for decision in ("deny", ""):
        refused = scene.browser.post(page_url, decision=decision)
        if decision == "deny":
            answer = answer_in(refused.headers["Location"])
            assert (answer["error"], answer["state"]) == ("access_denied", asked.state)
        else:
            assert refused.status_code == 410  # it was answered by the first one
    with tenant_scope(scene.tenant.id):
        assert not Consent.objects.exists()
        assert not AuthorizationCode.objects.exists()


def test_prompt_consent_asks_again_even_a_first_party(scene: Scene) -> None:
    """OpenID Connect Core §3.1.2.1, prompt=consent."""
    scene.tokens()
    _, response = scene.authorize(prompt="consent")
    assert "/oidc/consent" in response.headers["Location"]


def test_the_stored_request_wins_over_what_the_form_says(db: None) -> None:
    """AZ09, PK06: scope, client_id, redirect_uri, code_challenge in the POST are ignored."""
    scene = a_third_party_scene()
    asked, response = scene.authorize(scope="openid")
    page_url = scene.sign_in(response).headers["Location"]
    allowed = scene.browser.post(
        page_url,
        decision="allow",
        scope="openid email offline_access",
        client_id="other",
        redirect_uri="https://evil.tld/cb",
        code_challenge="x" * 43,
        claims="{}",
    )
    assert allowed.headers["Location"].startswith(scene.app.redirect_uri)
    answer = scene.app.exchange(answer_in(allowed.headers["Location"])["code"], asked)
    assert answer["scope"] == "openid"


def test_nobody_decides_about_another_persons_request(db: None) -> None:
    """AZ10: M posts tx=<V> with M's own cookies: 403, V's transaction unaffected."""
    scene = a_third_party_scene()
    asked, response = scene.authorize()
    page_url = scene.sign_in(response).headers["Location"]
    with tenant_scope(scene.tenant.id):
        mallory = a_person(scene.tenant, "mallory")
    other = Scene(scene.tenant, mallory, scene.app, Browser(scene.tenant))
    other.browser.sign_in("mallory")
    assert other.browser.get(page_url).status_code == 403
    assert other.browser.post(page_url, decision="allow").status_code == 403
    allowed = scene.browser.post(page_url, decision="allow")
    answer = scene.app.exchange(answer_in(allowed.headers["Location"])["code"], asked)
    assert scene.app.verify_id_token(answer["id_token"])["sub"] == str(scene.user.id)


def test_another_account_of_the_same_browser_does_not_decide_either(db: None) -> None:
    """SE08: the request's own session is asked, whoever is active by now."""
    scene = a_third_party_scene()
    asked, response = scene.authorize()
    page_url = scene.sign_in(response).headers["Location"]
    with tenant_scope(scene.tenant.id):
        a_person(scene.tenant, "bob")
    scene.browser.sign_in("bob")
    page = scene.browser.get(page_url).content.decode()
    assert "ada@example.com" in page
    allowed = scene.browser.post(page_url, decision="allow")
    answer = scene.app.exchange(answer_in(allowed.headers["Location"])["code"], asked)
    assert scene.app.verify_id_token(answer["id_token"])["sub"] == str(scene.user.id)


def test_proving_oneself_again_in_another_tab_does_not_lose_the_question(db: None) -> None:
    """Issue 2, journeys: two tabs. The session that replaced the asked one answers for it."""
    scene = a_third_party_scene()
    asked, response = scene.authorize()
    page_url = scene.sign_in(response).headers["Location"]
    scene.browser.sign_in("ada")
    allowed = scene.browser.post(page_url, decision="allow")
    answer = scene.app.exchange(answer_in(allowed.headers["Location"])["code"], asked)
    assert scene.app.verify_id_token(answer["id_token"])["sub"] == str(scene.user.id)


def test_the_form_needs_its_token(db: None) -> None:
    """WB01: a consent that another site posts is refused, and the right one is not."""
    scene = a_third_party_scene()
    strict = Scene(scene.tenant, scene.user, scene.app, Browser(scene.tenant))
    asked, response = strict.authorize()
    page_url = strict.sign_in(response).headers["Location"]
    strict.browser.http.handler.enforce_csrf_checks = True
    assert strict.browser.post(page_url, decision="allow").status_code == 403
    page = strict.browser.get(page_url).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None
    allowed = strict.browser.post(page_url, decision="allow", csrfmiddlewaretoken=found[1])
    assert answer_in(allowed.headers["Location"])["state"] == asked.state


def test_the_page_is_nobodys_to_keep_or_to_frame(db: None) -> None:
    """SE10, RU15: no-store, and no third-party load tells who signs in."""
    scene = a_third_party_scene()
    _, response = scene.authorize()
    page = scene.browser.get(scene.sign_in(response).headers["Location"])
    assert "no-store" in page.headers["Cache-Control"]
    assert not re.findall(r'(?:src|href)="https?://(?!localhost)', page.content.decode())


def test_withdrawing_disconnects_the_application(db: None) -> None:
    """RT09: consent revoked → refresh IG; and the next request asks again."""
    scene = a_third_party_scene()
    tokens = scene.tokens(scope="openid offline_access")
    with tenant_scope(scene.tenant.id):
        assert consenting.withdraw(user=scene.user, client=scene.app.client, actor=SYSTEM)
        assert not consenting.withdraw(user=scene.user, client=scene.app.client, actor=SYSTEM)
    assert scene.is_dead(tokens)
    _, response = scene.authorize(scope="openid")
    assert "/oidc/consent" in response.headers["Location"]


def test_consents_of_one_application_say_nothing_about_another(db: None) -> None:
    """OpenID Connect Core §3.1.2.4: consent is given to a relying party, not to all."""
    scene = a_third_party_scene()
    scene.tokens(scope="openid email")
    with tenant_scope(scene.tenant.id):
        other = App(scene.tenant, an_app(scene.tenant, skip_consent=False))
    theirs = Scene(scene.tenant, scene.user, other, scene.browser)
    _, response = theirs.authorize(scope="openid email")
    assert "/oidc/consent" in response.headers["Location"]
    with tenant_scope(scene.tenant.id):
        assert AuthorizationRequest.objects.filter(client=other.client).count() == 1
