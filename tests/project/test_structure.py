"""The shape of the code: imports run one way, no circles, no god objects."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "fem_lumbar"
ORDER = [
    "foundation",
    "anatomy",
    "materials",
    "surfaces",
    "scenario",
    "shape",
    "cutting",
    "meshing",
    "specimen",
    "mechanics",
    "solver",
    "model",
    "measures",
    "simulation",
    "sensitivity",
    "runs",
    "export",
    "comparison",
    "documents",
    "web_page",
    "nerve",
    "needle",
    "adaptation",
    "imaging",
    "verification",
    "experiments",
    "report_page",
    "studies",
    "questions",
    "cli",
    "api",
]
"""A package imports from those before it."""
LONGEST_FUNCTION, LONGEST_MODULE = 80, 400
REASONED = {
    "mechanics/kernels.py:kernels_for": "compiles one kernel from closures over the law; numba needs them in one scope",
}
"""Functions that may be longer, and why."""

FILES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in FILES}


def imported(tree: ast.AST) -> Iterator[str]:
    """Modules of this package that a tree imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE.name)


def at_import_time(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run when a module is imported: not those in functions, nor those for type checkers."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            yield node


def test_every_package_has_its_place():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(ORDER)


def test_imports_run_one_way():
    against = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        for name in imported(ast.parse(path.read_text(encoding="utf-8")))
        if (place := path.relative_to(PACKAGE).parts[0]) in ORDER
        and "." in name
        and name.split(".")[1] in ORDER[ORDER.index(place) + 1 :]
    ]
    assert against == []


def test_no_circles():
    needs = {
        name: {need for node in at_import_time(ast.parse(path.read_text(encoding="utf-8"))) for need in imported(node)}
        for name, path in MODULES.items()
    }
    while free := [name for name, wanted in needs.items() if not wanted & needs.keys() - {name}]:
        for name in free:
            del needs[name]
    assert needs == {}


def test_nothing_grows_too_long():
    long = []
    for path in FILES:
        text, name = path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix()
        if len(text.splitlines()) > LONGEST_MODULE:
            long.append(name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION and f"{name}:{node.name}" not in REASONED:
                    long.append(f"{name}:{node.name}")
    assert long == []


def test_reasons_are_for_what_is_there():
    for name in REASONED:
        path, function = name.split(":")
        assert f"def {function}(" in (PACKAGE / path).read_text(encoding="utf-8")
