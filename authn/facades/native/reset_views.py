"""A new picture by a mailed code (contract 2.4 operations 9 and 10)."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from authn.authenticators.zkp import encoding, enrolment
from authn.authenticators.zkp.transcript import Purpose
from authn.facades.native import liveness, places, wording
from authn.facades.native.doors import OpenDoor, filled
from authn.facades.native.serializers import ResetForm, ResetRequestForm
from authn.login.evidence import Evidence
from authn.recovery import resets
from identity.kernel.errors import NotFound
from tenants.clients import directory


class ResetRequestView(OpenDoor):
    """POST /api/auth/password/reset."""

    def post(self, request: Request) -> HttpResponse:
        """Operation 9: a code is mailed if name and address fit; 200 null for everybody.

        Wider than the contract: without `client_id` it is asked at the tenant's own pages.
        """
        client_id = places.parameter(request, "client_id")
        with places.entered(request) as place:
            if client_id and directory.find(place.tenant.id, client_id) is None:
                raise NotFound("There is no such application")
            form = filled(ResetRequestForm, request)
            outcome = resets.request(
                tenant=place.tenant,
                username=encoding.require_username(form["username"]),
                email=form["email"],
                origin=place.origin,
            )
        return wording.answered(outcome, wording.done())


class ResetView(OpenDoor):
    """POST /api/auth/password/reset/confirm."""

    act: ClassVar = "reset"

    def post(self, request: Request) -> HttpResponse:
        """Operation 10: the new picture, with the code; 200 null. Nobody is signed in."""
        with places.entered(request) as place:
            form = filled(ResetForm, request)
            encoding.require_version(form["proto_version"])
            envelope = enrolment.read(
                encrypted_commitment=form["encrypted_commitment"], purpose=Purpose.RESET
            )
            exchange = place.exchange(form["username"], is_in_request=False)
            liveness.require(place.tenant.policy, form.get("log_data"))
            outcome = resets.confirm(
                tenant=place.tenant,
                exchange=exchange,
                code=form["code"],
                envelope=envelope,
                origin=place.origin,
                evidence=Evidence(form.get("log_data")),
            )
        return wording.answered(outcome, wording.done())
