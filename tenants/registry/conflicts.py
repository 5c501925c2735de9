"""From a violated unique constraint to the domain's word for it."""

from collections.abc import Mapping

from django.db import IntegrityError

from identity.kernel.errors import Conflict


def conflict_of(error: IntegrityError, fields: Mapping[str, tuple[str, str]]) -> Conflict | None:
    """The Conflict that `error` stands for; None if it is about something else.

    `fields` leads from the name of a unique constraint or index to (field, detail). Asking the
    database beforehand instead would leave a gap in which another request takes the name.
    """
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    found = fields.get(name or "")
    return None if found is None else Conflict(found[0], found[1])
