"""Forms of face 001 (contract 2.4, 2.6, 2.7), spelled as on the wire."""

import json
from typing import Any, Final

from rest_framework import serializers

# Contract 2.5: "limit each to 64 KiB".
_LONGEST: Final = 65_536
_NAME: Final = 512


def _text(**options: Any) -> serializers.CharField:
    # Exactly the characters that were sent: proofs are about bytes.
    return serializers.CharField(**{"max_length": _LONGEST, "trim_whitespace": False} | options)


def _optional(kind: type[serializers.Field[Any, Any, Any, Any]], **options: Any) -> Any:
    return kind(required=False, allow_null=True, **options)


def _words() -> Any:
    return _optional(serializers.CharField, allow_blank=True, max_length=_NAME)


class BerForm(serializers.Serializer[Any]):
    """How far the presented picture is from the marked one, as the client measured."""

    count_bits = serializers.IntegerField(min_value=0, max_value=10_000_000)
    error_bits = serializers.IntegerField(min_value=0, max_value=10_000_000)
    BER_PERCENT = serializers.CharField(max_length=16)


class MeasurementForm(serializers.Serializer[Any]):
    """`ber`: telemetry, never an input to the decision."""

    ber = BerForm()
    image_dim = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=1_000_000), min_length=2, max_length=2
    )
    algorithm_version = serializers.CharField(max_length=32)


class TimingForm(serializers.Serializer[Any]):
    """Milliseconds."""

    totalChallengeDurationMs = _optional(serializers.FloatField)  # noqa: N815 - the wire's spelling
    recognitionPhaseDurationMs = _optional(serializers.FloatField)  # noqa: N815
    livenessPhaseDurationMs = _optional(serializers.FloatField)  # noqa: N815
    comparisonPhaseDurationMs = _optional(serializers.FloatField)  # noqa: N815


class BrowserForm(serializers.Serializer[Any]):
    """The browser, as it calls itself."""

    userAgent = _words()  # noqa: N815
    language = _words()
    hardwareConcurrency = _optional(serializers.FloatField)  # noqa: N815
    deviceMemory = _optional(serializers.FloatField)  # noqa: N815


class EnvironmentForm(serializers.Serializer[Any]):
    """The device, as it calls itself."""

    platform = _words()
    cameraResolution = _words()  # noqa: N815
    cameraLabel = _words()  # noqa: N815
    fps = _optional(serializers.FloatField)
    browser = BrowserForm(required=False, allow_null=True)
    deviceDetection = _optional(serializers.DictField)  # noqa: N815


class EvidenceForm(serializers.Serializer[Any]):
    """Counts and times of the check."""

    totalSteps = _optional(serializers.FloatField)  # noqa: N815
    stepsPassed = _optional(serializers.FloatField)  # noqa: N815
    stepsFailed = _optional(serializers.FloatField)  # noqa: N815
    facesDetectedMax = _optional(serializers.FloatField)  # noqa: N815
    greenEntryCount = _optional(serializers.FloatField)  # noqa: N815
    timing = TimingForm(required=False, allow_null=True)
    detailedStepResults = _optional(serializers.ListField)  # noqa: N815
    antiSpoofingTriggers = _optional(serializers.ListField, child=serializers.CharField())  # noqa: N815
    gestureCounts = _optional(serializers.DictField)  # noqa: N815
    environment = EnvironmentForm(required=False, allow_null=True)


class LogForm(serializers.Serializer[Any]):
    """`log_data` (contract 2.6): a check done in the browser. Each member may be missing."""

    status = _words()
    similarity = _optional(serializers.FloatField)
    evidence = EvidenceForm(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is kept is bounded."""
        if len(json.dumps(attrs)) > _LONGEST:
            raise serializers.ValidationError("This is too much.", code="max_length")
        return attrs


class ChallengeForm(serializers.Serializer[Any]):
    """Operation 2."""

    username = _text()
    cipherKey = _text()  # noqa: N815


class AuthenticateForm(ChallengeForm):
    """Operation 3."""

    challenge_id = _text()
    challenge_data = _text()
    ber = MeasurementForm(required=False, allow_null=True)
    log_data = LogForm(required=False, allow_null=True)


class EmailForm(serializers.Serializer[Any]):
    """Operation 28."""

    challenge_id = _text()
    challenge_data = _text()
    email = _text()


class CommitmentForm(serializers.Serializer[Any]):
    """Operation 11, and what 1 and 10 have in common with it."""

    encrypted_commitment = _text()
    proto_version = _text(max_length=32)
    log_data = LogForm(required=False, allow_null=True)


class RegisterForm(CommitmentForm):
    """Operation 1."""

    username = _text()
    email = _text()


class ResetRequestForm(serializers.Serializer[Any]):
    """Operation 9: both plain strings."""

    username = _text()
    email = _text()


class ResetForm(CommitmentForm):
    """Operation 10."""

    code = _text(max_length=64)
    username = _text()


class VerifyForm(serializers.Serializer[Any]):
    """E-mail verification (contract 2.11)."""

    username = _text()
    code = _text(max_length=64)


class ResendForm(serializers.Serializer[Any]):
    """Another code (contract 2.11)."""

    username = _text()
