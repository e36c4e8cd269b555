"""An extension of griffe, which reads the source for the documentation: functions that are made by a call have a docstring, too.

`exp = unary(np.exp, "exp", "e to the power of x")` makes a function whose docstring is the argument after its name, and
`absolute = abs` is another name of a function. Read as plain assignments, both would be attributes without documentation.
"""

import ast
import inspect
from typing import Any

import griffe


class Made(griffe.Extension):
    """Give the attributes of a module the docstrings that they have once it runs."""

    def on_attribute_instance(self, *, node: Any, attr: griffe.Attribute, **_: Any) -> None:
        """Look at one assignment."""
        if attr.docstring or not isinstance(node, ast.Assign) or not attr.parent or not attr.parent.is_module:
            return
        text = made(attr.name, node.value) or renamed(attr.name, node)
        if text:
            attr.docstring = griffe.Docstring(text, parent=attr, lineno=node.lineno)
            attr.value = None


def made(name: str, value: ast.expr) -> str | None:
    """The docstring of `name = maker(..., "name", "docstring")`."""
    if not isinstance(value, ast.Call):
        return None
    texts = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None for a in value.args]
    for before, text in zip(texts, texts[1:]):
        if before == name and text:
            return inspect.cleandoc(text)
    return None


def renamed(name: str, node: ast.Assign) -> str | None:
    """What to say of `name = other`, alone or in a row of names."""
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts))
        for left, right in pairs:
            if isinstance(left, ast.Name) and left.id == name and isinstance(right, ast.Name):
                return f"Another name of `{right.id}`."
    return None
