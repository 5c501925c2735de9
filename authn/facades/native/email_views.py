"""E-mail verification over the native API (contract 2.11)."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from authn.authenticators.zkp import encoding
from authn.facades.native import places, wording
from authn.facades.native.doors import OpenDoor, filled
from authn.facades.native.serializers import ResendForm, VerifyForm
from authn.login import verification


class VerifyView(OpenDoor):
    """POST /api/auth/email/verify."""

    act: ClassVar = "verify_email"

    def post(self, request: Request) -> HttpResponse:
        """The mailed code is typed: the address is its bearer's own; 200 null."""
        with places.entered(request) as place:
            form = filled(VerifyForm, request)
            outcome = verification.confirm(
                tenant=place.tenant,
                username=encoding.require_username(form["username"]),
                code=form["code"],
                origin=place.origin,
            )
        return wording.answered(outcome, wording.done())


class ResendView(OpenDoor):
    """POST /api/auth/email/resend."""

    def post(self, request: Request) -> HttpResponse:
        """Another letter, if one is due; 200 null for everybody."""
        with places.entered(request) as place:
            form = filled(ResendForm, request)
            username = encoding.require_username(form["username"])
            outcome = verification.resend(
                tenant=place.tenant, username=username, origin=place.origin
            )
        return wording.answered(outcome, wording.done())
