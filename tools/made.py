"""An extension of griffe, which reads the source for the documentation: functions that are made by a call have a docstring, too.

`exp = unary(np.exp, "exp", "e to the power of x")` makes a function whose docstring is the argument after its name, and
`absolute, negative = abs, neg` gives functions a second name. Read as plain assignments, these would be attributes without
documentation, or nothing at all.
"""

import ast
import inspect
from typing import Any

import griffe


class Made(griffe.Extension):
    """Give the names that a module assigns the docstrings that they have once it runs."""

    def on_module_members(self, *, node: Any, mod: griffe.Module, agent: Any, **_: Any) -> None:
        """Look at the assignments of one module."""
        if not isinstance(node, ast.Module):
            return
        for line in node.body:
            if not isinstance(line, ast.Assign):
                continue
            for name, value in assigned(line):
                text = made(name, value)
                known = mod.members.get(name)
                if text and (known is None or (isinstance(known, griffe.Attribute) and not known.docstring)):
                    attribute = griffe.Attribute(name, lineno=line.lineno, endlineno=line.end_lineno)
                    attribute.docstring = griffe.Docstring(
                        text,
                        parent=attribute,
                        lineno=line.lineno,
                        parser=agent.docstring_parser,
                        parser_options=agent.docstring_options,
                    )
                    mod.set_member(name, attribute)


def assigned(line: ast.Assign) -> list[tuple[str, ast.expr]]:
    """The names that an assignment gives, each with its value."""
    pairs = []
    for target in line.targets:
        if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple):
            pairs += zip(target.elts, line.value.elts)
        else:
            pairs.append((target, line.value))
    return [(target.id, value) for target, value in pairs if isinstance(target, ast.Name)]


def made(name: str, value: ast.expr) -> str | None:
    """The docstring of `name = maker(..., "name", "docstring")` or `name = other`."""
    if isinstance(value, ast.Name):
        return f"Another name of `{value.id}`."
    if isinstance(value, ast.Call):
        texts = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None for a in value.args]
        for before, text in zip(texts, texts[1:]):
            if before == name and text:
                return inspect.cleandoc(text)
    return None
