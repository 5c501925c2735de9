"""A YAML file read with the line of everything in it, so that each mistake can be named.

`${NAME}` in a scalar is taken from the environment; `$$` is a dollar sign. Only plain YAML: no
tags, no anchors (a file that repeats itself by reference can grow without bound), no duplicate
keys, text dates stay text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

Path = tuple[str | int, ...]

MAX_BYTES: Final = 50_000_000
_VARIABLE: Final = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_PLAIN_TAGS: Final = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:timestamp",
}


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in the file. `line` counts from 1."""

    line: int
    where: str
    problem: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.where}: {self.problem}"
            if self.where
            else (f"line {self.line}: {self.problem}")
        )


class Mistakes(Exception):
    """The file cannot be applied. Carries every mistake that was found, in the file's order."""

    def __init__(self, found: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in found))
        self.found = sorted(found)


@dataclass(slots=True)
class Document:
    """The file's content and where each part of it stands.

    `literals` are the paths of scalars that did not come whole from the environment: a secret
    among them is written in the file itself.
    """

    content: Any
    lines: dict[Path, int] = field(default_factory=dict)
    literals: set[Path] = field(default_factory=set)

    def line_of(self, path: Path) -> int:
        """The line of `path`, or of the nearest part around it that the file holds."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def mistake(self, path: Path, problem: str) -> Mistake:
        """A mistake at `path`."""
        return Mistake(self.line_of(path), spelled(path), problem)


def spelled(path: Path) -> str:
    """`tenants[0].clients[1].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read(text: str, environment: Mapping[str, str]) -> Document:
    """Parse and interpolate. Raises Mistakes: YAML errors, duplicate keys, unset variables."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise Mistakes([Mistake(1, "", f"the file is larger than {MAX_BYTES} bytes")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise Mistakes([Mistake(line, "", problem.problem or "is not YAML")]) from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise Mistakes([Mistake(1, "", f"is not YAML: {problem}")]) from None
    document = Document(None)
    reader = _Reader(document, environment)
    document.content = reader.value(root, ()) if root is not None else {}
    if reader.mistakes:
        raise Mistakes(reader.mistakes)
    return document


class _Reader:
    """Walks YAML nodes; keeps on after a mistake, to name them all."""

    def __init__(self, document: Document, environment: Mapping[str, str]) -> None:
        self.document = document
        self.environment = environment
        self.mistakes: list[Mistake] = []
        self.seen: set[int] = set()
        self.plain = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.document.lines[path] = line
        if id(node) in self.seen:
            self.mistakes.append(Mistake(line, spelled(path), "anchors and aliases are not read"))
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            here = (*path, name)
            if name in found:
                line = key.start_mark.line + 1
                self.mistakes.append(Mistake(line, spelled(here), "is given twice"))
            found[name] = self.value(value, here)
            self.document.lines[here] = key.start_mark.line + 1
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        if node.tag not in _PLAIN_TAGS:
            line = node.start_mark.line + 1
            self.mistakes.append(Mistake(line, spelled(path), f"the tag {node.tag} is not read"))
            return None
        text = str(node.value)
        if "$" in text:
            return self._interpolated(text, node, path)
        self.document.literals.add(path)
        if node.tag in {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"}:
            return text
        return self.plain.construct_object(node)

    def _interpolated(self, text: str, node: yaml.Node, path: Path) -> str:
        def replaced(found: re.Match[str]) -> str:
            name = found.group(1)
            if name is None:
                return "$"
            if name not in self.environment:
                line = node.start_mark.line + 1
                problem = f"the environment has no {name}"
                self.mistakes.append(Mistake(line, spelled(path), problem))
            return self.environment.get(name, "")

        if _VARIABLE.fullmatch(text) is None:
            self.document.literals.add(path)
        return _VARIABLE.sub(replaced, text)
