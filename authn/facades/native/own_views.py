"""What signed-in people do to themselves with fresh proofs (contract 2.4, 2.7)."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from authn.authenticators.zkp import encoding, enrolment, proving
from authn.authenticators.zkp.transcript import Purpose
from authn.facades.native import liveness, places, wording
from authn.facades.native.doors import OwnDoor, filled, who
from authn.facades.native.serializers import CommitmentForm, EmailForm
from authn.login import image_change
from authn.login.evidence import Evidence
from identity.kernel.errors import NotFound


class ChangeView(OwnDoor):
    """POST /api/auth/password/change."""

    act: ClassVar = "change"

    def post(self, request: Request) -> HttpResponse:
        """Operation 11: new picture, PIN or pattern; 200 null."""
        user, token = who(request)
        with places.entered(request) as place:
            form = filled(CommitmentForm, request)
            encoding.require_version(form["proto_version"])
            envelope = enrolment.read(
                encrypted_commitment=form["encrypted_commitment"], purpose=Purpose.CHANGE_NEW
            )
            if not image_change.is_fresh(tenant=place.tenant, session_id=token.session_id):
                raise wording.LoginTooOld
            exchange = place.exchange(image_change.name_in_proofs(user), is_in_request=False)
            liveness.require(place.tenant.policy, form.get("log_data"))
            outcome = image_change.change(
                tenant=place.tenant,
                user=user,
                session_id=token.session_id,
                exchange=exchange,
                envelope=envelope,
                origin=place.origin,
                evidence=Evidence(form.get("log_data")),
            )
        return wording.answered(outcome, wording.done())


class EmailView(OwnDoor):
    """PUT /api/tenants/{tenant_id}/users/{user_id}/email."""

    act: ClassVar = "update_email"

    def put(self, request: Request, tenant_id: str, user_id: str) -> HttpResponse:
        """Operation 28: another address for oneself; anybody else's id is no id (404)."""
        user, _ = who(request)
        with places.entered(request) as place:
            if tenant_id != place.tenant.slug or user_id != user.public_id:
                raise NotFound("There is no such person")
            form = filled(EmailForm, request)
            response = proving.read(
                challenge_id=form["challenge_id"],
                challenge_data=form["challenge_data"],
                cipher_key=None,
            )
            outcome = image_change.update_email(
                tenant=place.tenant,
                user=user,
                exchange=place.exchange(image_change.name_in_proofs(user), is_in_request=False),
                response=response,
                email=form["email"],
                origin=place.origin,
            )
        return wording.answered(outcome, wording.done())
