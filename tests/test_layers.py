"""The house stands as drawn: dependencies point one way, files and functions stay small."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()
    if (ROOT / name).exists()
]  # fmt: skip
#: layer of a module by the longest matching prefix; a module imports from its own package and lower layers only
LAYERS = {
    "citra.documents": 0,
    "citra.errors": 0,
    "citra.holidays": 0,
    "citra.indonesian": 0,
    "citra.lake": 1,
    "citra.corrections": 2,
    "citra.erased": 2,
    "citra.store": 2,
    "citra.trends": 2,
    "crawlers": 2,
    "nlp": 2,
    "citra.alerts": 3,
    "citra.brief": 3,
    "citra.demo": 3,
    "citra.verbs": 4,
    "citra.config": 5,
    "citra.app": 6,
    "citra.api": 7,
    "citra.research": 7,
    "citra.tasks": 7,
    "citra.client": 8,
    "citra.web": 8,
    "citra.cli": 9,
    "dags": 8,
}


def layer(module: str) -> tuple[str, int] | None:
    matches = [name for name in LAYERS if module == name or module.startswith(f"{name}.")]
    return (name := max(matches, key=len), LAYERS[name]) if matches else None


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    own = layer(module)
    if own is None:
        return
    for name in imports(path):
        other = layer(name)
        if other is None or other[0] == own[0]:
            continue
        assert other[1] < own[1], f"{module} (layer {own[1]}) imports {name} (layer {other[1]})"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 50, f"{node.name} has {node.end_lineno - node.lineno + 1} lines"


def test_product_knows_no_path_of_the_workplace() -> None:
    for path in FILES:
        if path.relative_to(ROOT).parts[0] in {"citra", "crawlers", "nlp", "dags"}:
            assert "/shared" not in path.read_text(encoding="utf-8"), path
