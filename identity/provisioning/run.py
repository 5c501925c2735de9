"""One run of `provision`: what it may do, what it has done, and what went wrong where."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from django.db import transaction

from identity.kernel.actors import Actor
from identity.kernel.errors import DomainError, Invalid
from identity.kernel.secrets import Secret
from identity.provisioning.document import Document, Mistake, Path

Verb = Literal["created", "changed", "left", "pruned"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the report."""

    verb: Verb
    kind: str
    name: str
    tenant: str
    details: tuple[str, ...] = ()


@dataclass(slots=True)
class Run:
    """State of one run. `generated` is None where nothing may be generated (no --secrets-out)."""

    document: Document
    actor: Actor
    generated: dict[str, Secret] | None
    is_pruning: bool = False
    is_pruning_users: bool = False
    changes: list[Change] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def attempt(self, path: Path, action: Callable[[], Result]) -> Result | None:
        """Apply one item in a savepoint; None where the commands refused it, noted with its line.

        The run goes on, so that every mistake is named; a run with mistakes is rolled back whole.
        """
        try:
            with transaction.atomic():
                return action()
        except Invalid as problem:
            where = (*path, *problem.field.split("."))
            self.mistakes.append(self.document.mistake(where, problem.problem))
        except DomainError as problem:
            self.mistakes.append(self.document.mistake(path, problem.detail))
        return None

    def note(self, verb: Verb, kind: str, name: str, tenant: str, *details: str) -> None:
        """Remember a change for the report."""
        self.changes.append(Change(verb, kind, name, tenant, details))

    def keep(self, name: str, secret: Secret) -> None:
        """Remember a secret that was made here, for the secrets file."""
        if self.generated is not None:
            self.generated[name] = secret

    def may_generate(self, path: Path, member: str) -> bool:
        """False, and a mistake noted, where a secret would have to be made and may not."""
        if self.generated is not None:
            return True
        self.mistakes.append(
            self.document.mistake(
                path, f"has no {member}: give one, or name a file for it with --secrets-out"
            )
        )
        return False

    def counts(self) -> Counter[str]:
        """How many items were created, changed, left and pruned."""
        return Counter(change.verb for change in self.changes)
