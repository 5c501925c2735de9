"""The login half of face 001 (contract 2.4): what anybody may call."""

from typing import ClassVar, Final

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from authn.authenticators.zkp import challenges, encoding, enrolment, proving
from authn.authenticators.zkp.transcript import Purpose
from authn.facades.native import liveness, places, wording
from authn.facades.native.doors import OpenDoor, filled
from authn.facades.native.serializers import AuthenticateForm, ChallengeForm, RegisterForm
from authn.login import image_login, registration
from authn.login.evidence import Evidence
from authn.login.outcomes import Proven
from tenants.keys import encryption

_KEYS_AGE: Final = f"public, max-age={int(encryption.MAX_AGE.total_seconds())}"


class KeysView(OpenDoor):
    """GET /api/auth/zkp/keys."""

    is_shared: ClassVar = True

    def get(self, request: Request) -> Response:
        """What pages seal to (protocol §4.4). Cacheable for five minutes."""
        with places.entered(request) as place:
            keys = encryption.published(place.tenant.id)
        body = {"keys": keys, "proto_versions": [encoding.PROTO_VERSION]}
        return Response(body, headers={"Cache-Control": _KEYS_AGE})


class ChallengeView(OpenDoor):
    """POST /api/auth/challenge."""

    is_shared: ClassVar = True

    def post(self, request: Request) -> HttpResponse:
        """Operation 2: a fresh challenge for whomever the form names, known or not (EN05)."""
        with places.entered(request) as place:
            form = filled(ChallengeForm, request)
            sealed = challenges.issue(
                tenant=place.tenant,
                exchange=place.exchange(form["username"]),
                cipher_key=challenges.require_cipher_key(form["cipherKey"]),
                origin=place.origin,
            )
        return Response({"challenge_data": sealed, "proto_version": encoding.PROTO_VERSION})


class AuthenticateView(OpenDoor):
    """POST /api/auth/authenticate."""

    act: ClassVar = "authenticate"
    is_shared: ClassVar = True

    def post(self, request: Request) -> HttpResponse:
        """Operation 3: a one-time ticket for two right proofs."""
        with places.entered(request) as place:
            form = filled(AuthenticateForm, request)
            response = proving.read(
                challenge_id=form["challenge_id"],
                challenge_data=form["challenge_data"],
                cipher_key=form["cipherKey"],
            )
            exchange = place.exchange(form["username"])
            liveness.require(place.tenant.policy, form.get("log_data"))
            outcome = image_login.prove(
                tenant=place.tenant,
                exchange=exchange,
                response=response,
                origin=place.origin,
                for_browser=place.attempt,
                evidence=Evidence(form.get("log_data"), form.get("ber")),
            )
        if isinstance(outcome, Proven):
            return wording.proven(outcome)
        return wording.answered(outcome, wording.done())


class RegisterView(OpenDoor):
    """POST /api/auth/register."""

    act: ClassVar = "register"
    is_shared: ClassVar = True

    def post(self, request: Request) -> HttpResponse:
        """Operation 1: an account with its picture; 201 null."""
        with places.entered(request) as place:
            client = place.attempt.client if place.attempt else None
            registration.require_open(tenant=place.tenant, client=client)
            form = filled(RegisterForm, request)
            encoding.require_version(form["proto_version"])
            envelope = enrolment.read(
                encrypted_commitment=form["encrypted_commitment"], purpose=Purpose.REGISTER
            )
            exchange = place.exchange(form["username"])
            liveness.require(place.tenant.policy, form.get("log_data"))
            outcome = registration.register(
                tenant=place.tenant,
                client=client,
                exchange=exchange,
                email=form["email"],
                envelope=envelope,
                origin=place.origin,
                evidence=Evidence(form.get("log_data")),
            )
        return wording.answered(outcome, wording.done(201))
