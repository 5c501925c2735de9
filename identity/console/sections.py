"""How the console's pages are grouped in its navigation."""

from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Section(Enum):
    """In the order of the navigation."""

    PEOPLE = "people"
    APPLICATIONS = "applications"
    SECURITY = "security"
    OPERATION = "operation"

    @property
    def title(self) -> Promise:
        """What people read."""
        return _TITLES[self]


_TITLES = {
    Section.PEOPLE: _("People"),
    Section.APPLICATIONS: _("Applications"),
    Section.SECURITY: _("Security"),
    Section.OPERATION: _("Operation"),
}
