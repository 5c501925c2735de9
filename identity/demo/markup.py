"""Pages from the package's templates; what is put into them is escaped unless it is markup."""

import html
from functools import cache
from importlib import resources
from string import Template


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def fill(template: str, **values: object) -> Markup:
    """The template of that name with its ``$names`` replaced.

    :raises KeyError: a name of the template got no value
    """
    return Markup(
        _template(template).substitute(
            {
                name: value if isinstance(value, Markup) else html.escape(str(value))
                for name, value in values.items()
            }
        )
    )


def join(parts: list[Markup]) -> Markup:
    return Markup("".join(parts))


@cache
def _template(name: str) -> Template:
    return Template((resources.files("identity.demo") / "pages" / f"{name}.html").read_text())
