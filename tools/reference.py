"""Check the built documentation, after the build: python tools/reference.py

It must have every public name: a name of a package's `__all__` is there if it has an entry in the package's page, or stands in
its text as code. And no snippet may stand as running text, which is what becomes of a fence whose options are not in braces.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def public(package: Path) -> list[str]:
    """The names that a package lists in `__all__`, read from its source."""
    names = []
    for line in ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name) and line.targets[0].id == "__all__":
            names += ast.literal_eval(line.value)
    return [name for name in names if not name.startswith("__")]


def main() -> None:
    """Leave with the pages that show a fence, or the names that are missing."""
    broken = [str(page.parent) for page in ROOT.glob("site/**/index.html") if "```" in page.read_text(encoding="utf-8")]
    if broken:
        sys.exit("a fence is shown as text; write ```python { continuation }: " + ", ".join(broken))
    missing, count = [], 0
    for page in sorted(ROOT.glob("docs/reference/tt-*.md")):
        html = (ROOT / "site" / "reference" / page.stem / "index.html").read_text(encoding="utf-8")
        found = re.findall(r'id="([\w.]+)"', html) + re.findall(r"<(?:h2[^>]*|code)>\s*([\w.]+)", html)
        there = {path.rpartition(".")[2] for path in found}
        module = page.stem.replace("-", "_")
        names = public(ROOT / "packages" / page.stem / "src" / module)
        count += len(names)
        missing += [f"{module}.{name}" for name in names if name not in there]
    if missing:
        sys.exit("not in the reference: " + ", ".join(missing))
    print(f"all {count} public names are in the reference")


if __name__ == "__main__":
    main()
