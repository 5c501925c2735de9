"""This edge words every domain error there is."""

from identity.kernel import errors as domain
from oidc.provider import errors


def test_the_table_of_words_is_total() -> None:
    """Architecture: one table per edge, and each is total."""
    kinds = [
        kind
        for kind in vars(domain).values()
        if isinstance(kind, type) and issubclass(kind, domain.DomainError)
    ]
    assert {kind.code for kind in kinds} == set(errors.WORDING)


def test_a_blocked_caller_is_told_when_to_come_back() -> None:
    """RFC 9110 §10.2.3, Retry-After."""
    response = errors.worded(domain.Blocked(30))
    assert (response.status_code, response.headers["Retry-After"]) == (429, "30")
