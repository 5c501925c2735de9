"""The typed policy: contract defaults, every mistake named, nothing half-checked."""

from typing import Any

import pytest

from identity.kernel.errors import Invalid
from tenants.registry.policy import Capability, TenantPolicy


def test_the_defaults_are_the_contracts() -> None:
    """Contract 2.8: TenantConfig and block_config."""
    document = TenantPolicy().document()

    assert {name: document[name] for name in CONTRACT} == CONTRACT
    assert document["block"] == {
        "ip_attempts_limit": 5,
        "ip_attempts_reset_minutes": 10_080,
        "user_attempts_limit": 15,
        "user_timeframe_seconds": 300,
        "initial_block_seconds": 60,
        "max_block_time_minutes": 2_880,
    }


CONTRACT = {
    "register_enable": False,
    "use_pin": True,
    "pin_size": 6,
    "use_pattern": True,
    "pattern_size": 3,
    "show_pin_when_typing": True,
    "login_order": ["PIN"],
    "use_face_recognition": False,
    "use_liveness": False,
    "passkey_enabled": False,
    "has_username_and_email": True,
    "liveness": None,
}


def test_the_inverted_blink_bounds_are_kept() -> None:
    """Contract 2.8: keep them verbatim."""
    liveness = TenantPolicy.parse({"liveness": {}}).liveness

    assert liveness is not None
    assert (liveness.number_blinks_max, liveness.number_blinks_min) == (0, 10_000)


def test_a_policy_survives_being_stored() -> None:
    """What is written is what is read."""
    policy = TenantPolicy.parse(
        {
            "login_order": ["PATTERN", "PIN"],
            "block": {"ip_attempts_limit": 50},
            "brand": {"hue": 10},
        }
    )

    assert TenantPolicy.parse(policy.document()) == policy


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"pin_size": 7}, "pin_size"),
        ({"pin_size": "6"}, "pin_size"),
        ({"pattern_size": 5}, "pattern_size"),
        ({"register_enable": "yes"}, "register_enable"),
        ({"register_enable": 1}, "register_enable"),
        ({"access_token_seconds": 60.5}, "access_token_seconds"),
        ({"access_token_seconds": True}, "access_token_seconds"),
        ({"register_enable": None}, "register_enable"),
        ({"block": {"ip_attempts_limit": 0}}, "block.ip_attempts_limit"),
        ({"block": {"ip_attempts": 5}}, "block.ip_attempts"),
        ({"block": []}, "block"),
        ({"login_order": ["PIN", "FACE"]}, "login_order.1"),
        ({"login_order": ["PIN", "PIN"]}, "policy"),
        ({"use_liveness": True}, "policy"),
        ({"login_origins": ["https://a.example/"]}, "login_origins.0"),
        ({"login_origins": ["http://a.example"]}, "login_origins.0"),
        ({"login_origins": ["*"]}, "login_origins.0"),
        ({"brand": {"picture": "https://a.example/picture.png"}}, "brand.picture"),
        ({"brand": {"picture": "');x"}}, "brand.picture"),
        ({"brand": {"chroma": 1}}, "brand.chroma"),
        ({"brand": {"hue": float("nan")}}, "brand.hue"),
        ({"session": {"idle_minutes": 0}}, "session.idle_minutes"),
        ({"access_token_seconds": 3_601}, "access_token_seconds"),
        ({"unknown": 1}, "unknown"),
    ],
    ids=str,
)
def test_a_mistake_is_named_by_its_path(document: dict[str, Any], field: str) -> None:
    """Errors become the domain's Invalid, with the field's path."""
    with pytest.raises(Invalid) as refusal:
        TenantPolicy.parse(document)

    assert refusal.value.field == field


def test_all_mistakes_are_named_at_once() -> None:
    """Whoever writes a file wants one round."""
    with pytest.raises(Invalid) as refusal:
        TenantPolicy.parse({"pin_size": 7, "unknown": 1, "block": {"ip_attempts_limit": 0}})

    fields = {problem["field"] for problem in refusal.value.data["problems"]}
    assert fields == {"pin_size", "unknown", "block.ip_attempts_limit"}


def test_a_change_keeps_the_rest_and_is_checked_whole() -> None:
    """A setting that was right alone may be wrong beside another."""
    policy = TenantPolicy.parse({"use_face_recognition": True, "use_liveness": True, "pin_size": 4})

    assert policy.changed({"pin_size": 5}).use_liveness
    with pytest.raises(Invalid):
        policy.changed({"use_face_recognition": False})


def test_settings_open_what_they_govern() -> None:
    """Contract 2.5: register_enable; the rest is permitted unless a setting says otherwise."""
    closed = TenantPolicy()
    opened = TenantPolicy(register_enable=True, dynamic_registration_enable=True)

    assert {name for name in Capability if closed.allows(name)} == {
        Capability.SCIM,
        Capability.FACES,
        Capability.CLIENTS,
    }
    assert all(opened.allows(name) for name in Capability)
