"""The figures Signet holds itself to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """At most so much CPU per unit, at least so many times the peer's units per second."""

    title: str
    cpu_ms: float
    ratio: float


FIGURES = {
    "discovery": Figure("discovery", 0.12, 2.0),
    "jwks": Figure("JWKS", 0.08, 2.0),
    "token": Figure("client_credentials (JWT, EdDSA)", 0.6, 2.5),
    "introspect": Figure("introspection", 0.6, 2.0),
    "userinfo": Figure("userinfo", 0.6, 2.0),
    "refresh": Figure("refresh with rotation and ID token", 2.0, 4.0),
    "login": Figure("password sign-in, authorize to token", 16.0, 2.3),
}
# 1,000 tenants asked in random order, against one.
MANY_TENANTS = 1000
MANY_TENANTS_RATIO = 1.15
WEB_PSS_MIB = 220.0
COLD_START_SECONDS = 2.0
