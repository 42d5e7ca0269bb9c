"""Hold the shape of the code: sizes, nesting, and the imports and calls that have one place only.

    python tools/check_shape.py            everything under ROOTS
    python tools/check_shape.py FILE...    these files; exceptions that go unused are not reported

Each complaint is one line, `path:line: message`, and makes the exit status 1. Standard library only.
"""

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOTS = ("drawbridge", "tests", "tools", "bench")

Rule = Literal[
    "broad-except",
    "complexity",
    "environment",
    "function-length",
    "mock",
    "module-length",
    "module-name",
    "nesting",
    "parameters",
    "sql",
    "task",
    "unreadable",
]

Where = tuple[str, str, Rule]
"""A file's path from the root, the qualified name of the function (empty for the module), and the rule."""

_EDGE_OF_A_JOB = "the edge of a job: the store may raise anything, and comes back"
_EDGE_OF_THE_REFRESH = "the edge of a job: whatever the database or a credential raises, memory can go on serving"
_EDGE_OF_A_RUN = "the edge of a job: whatever one run meets, it has an end, and the others go on"
_CANCELLED_BY_THE_TEST = "the test holds the task because it cancels it half way"

EXCEPTIONS: dict[Where, str] = {
    (
        "drawbridge/gateway/http.py",
        "Gateway.__call__",
        "broad-except",
    ): "the edge of a request: a caller is answered",
    (
        "drawbridge/gateway/inner/door.py",
        "_Answer._make",
        "broad-except",
    ): "the edge of a call: the product that makes it is answered",
    (
        "bench/fidelity/litellm_requests.py",
        "_translate",
        "broad-except",
    ): "what a measured library raises, it is",
    (
        "drawbridge/usage/budgets/leases.py",
        "Leases._answered",
        "broad-except",
    ): "the edge of a job: whatever the source raises, the request is sent again",
    (
        "drawbridge/usage/limits/allowances.py",
        "Allowances._answered",
        "broad-except",
    ): "the edge of a job: whatever the source raises, the request is sent again",
    (
        "drawbridge/chat/stream/telling.py",
        "_with_signs_of_life",
        "task",
    ): "the next event is waited for over several signs of life, and its wait ended with the reader",
    (
        "drawbridge/core/cancellation.py",
        "until_cancelled_surely",
        "task",
    ): "it waits for the task itself, and cancels it more often than a group does",
    ("drawbridge/ingress/connection.py", "Connection._answer", "broad-except"): "the edge of a request: it ends alone",
    (
        "drawbridge/api/idempotency.py",
        "Idempotency._finished",
        "task",
    ): "what was begun is done to its end and remembered, though the caller has left",
    (
        "tests/usage/ledger/test_laws.py",
        "LedgerMachine.start_a_worker.start",
        "task",
    ): "hypothesis takes one step at a time: between them no group can be open",
    ("drawbridge/ingress/server.py", "_run", "broad-except"): "the edge of a connection: it ends alone",
    ("drawbridge/gateway/refresh.py", "Refresher._repeat", "broad-except"): _EDGE_OF_THE_REFRESH,
    (
        "drawbridge/work/queue.py",
        "Queue.run",
        "broad-except",
    ): "the edge of a job: the queue's library passes on whatever the database raises, and it comes back",
    ("drawbridge/agents/carrier.py", "Carrier._carry", "broad-except"): _EDGE_OF_A_RUN,
    ("drawbridge/agents/carrier.py", "Carrier._beat", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/agents/carrier.py", "Carrier._sweep", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/agents/readers.py", "Readers._read", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/agents/engine.py", "Engine._read", "broad-except"): _EDGE_OF_A_RUN,
    ("drawbridge/agents/engine.py", "Engine._hear", "broad-except"): _EDGE_OF_A_RUN,
    (
        "drawbridge/agents/journal.py",
        "Journal._append",
        "broad-except",
    ): "the edge of a job: what the database never takes of one run must not hold up all others",
    ("drawbridge/config/held_keys.py", "KeyWatch.run", "broad-except"): "the edge of a job: calls need no new keys",
    (
        "drawbridge/gateway/objects/ownership.py",
        "Owners._write",
        "broad-except",
    ): "the edge of a job: a group that the database never takes must not hold up all others",
    ("drawbridge/gateway/objects/ownership.py", "Owners._remove_expired", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/trail/signing.py", "Signer.run", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/trail/sending.py", "Sender._due", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/trail/sending.py", "Sender._put_off", "broad-except"): _EDGE_OF_A_JOB,
    (
        "drawbridge/trail/sending.py",
        "Sender._take_turn",
        "broad-except",
    ): "the edge of a job: whatever one stream meets, the others go on",
    ("drawbridge/usage/budgets/alerts/telling.py", "Teller.run", "broad-except"): _EDGE_OF_A_JOB,
    (
        "drawbridge/usage/budgets/alerts/telling.py",
        "Teller._problem_of",
        "broad-except",
    ): "the edge of a job: whatever one receiver meets, the others are told",
    ("drawbridge/usage/daily.py", "_did", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/usage/drain.py", "Drain.finish", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/usage/drain.py", "_keep", "broad-except"): _EDGE_OF_A_JOB,
    ("drawbridge/trail/http.py", "event_filter", "parameters"): "FastAPI reads each query parameter from one of these",
    (
        "drawbridge/trail/commands.py",
        "_add_verify.verify_command",
        "parameters",
    ): "typer reads each option from one of these",
    ("drawbridge/usage/http.py", "usage_filter", "parameters"): "FastAPI reads each query parameter from one of these",
    (
        "drawbridge/policy/commands.py",
        "add_explain_command.explain_command",
        "parameters",
    ): "typer reads each option from one of these",
    (
        "drawbridge/identity/commands.py",
        "_add_writing.create_command",
        "parameters",
    ): "typer reads each option from one of these",
    (
        "drawbridge/usage/commands.py",
        "add_usage_command.usage_command",
        "parameters",
    ): "typer reads each option from one of these",
    (
        "tests/egress/test_client.py",
        "test_leaving_before_the_reply_begins_closes_the_connection_at_once",
        "task",
    ): _CANCELLED_BY_THE_TEST,
}
"""Where a rule does not hold, each with its reason. An exception that nothing needs is a complaint itself."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest values allowed."""

    function_lines: int = 60
    module_lines: int = 500
    complexity: int = 10
    nesting: int = 3
    parameters: int = 6


LIMITS: dict[str, Limits] = {root: Limits() for root in ROOTS}
"""By the first folder of the path."""

FORBIDDEN_NAMES = frozenset(
    {"utils", "util", "helpers", "helper", "manager", "managers", "common", "service", "services"}
)
SQL_PACKAGES = frozenset({"sqlalchemy", "psycopg", "alembic"})
SQL_MODULES = frozenset({"store.py", "tables.py"})
ENVIRONMENT_NAMES = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})
TASK_STARTERS = frozenset({"create_task", "ensure_future"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler)
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One place where a rule does not hold."""

    path: str
    line: int
    function: str
    rule: Rule
    message: str

    @property
    def where(self) -> Where:
        return (self.path, self.function, self.rule)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class _Place:
    """A node of the tree, the function that it stands in, and the path of its file."""

    path: str
    function: str
    node: ast.AST

    def complain(self, rule: Rule, message: str) -> Complaint:
        return Complaint(self.path, getattr(self.node, "lineno", 1), self.function, rule, message)


def check_module(path: str, source: str) -> list[Complaint]:
    """Check one module's text; `path` is from the root, with forward slashes, and decides which rules apply."""
    try:
        tree = ast.parse(source, path)
    except SyntaxError as error:
        return [Complaint(path, error.lineno or 1, "", "unreadable", f"this is no Python: {error.msg}")]
    places = list(_walk(path, tree))
    complaints = [
        *_check_name(path),
        *_check_module_length(path, source),
        *(found for place in places for found in _check_function(place)),
        *(found for place in places for found in _check_imports(place)),
        *(found for place in places for found in _check_environment(place)),
        *(found for place in places for found in _check_tasks(place)),
        *(found for place in places for found in _check_breadth(place)),
    ]
    return sorted(complaints, key=lambda complaint: complaint.line)


def split_by_exceptions(
    complaints: Iterable[Complaint], exceptions: dict[Where, str]
) -> tuple[list[Complaint], list[Where]]:
    """Return the complaints that no exception covers, and the exceptions that cover none."""
    complaints = list(complaints)
    covered = {complaint.where for complaint in complaints}
    left = [complaint for complaint in complaints if complaint.where not in exceptions]
    return left, [where for where in exceptions if where not in covered]


def _walk(path: str, tree: ast.Module) -> Iterator[_Place]:
    """Yield every node with the qualified name of its function or class; a function's own node bears its own name."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        scope, node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = f"{scope}.{node.name}" if scope else node.name
        yield _Place(path, scope, node)
        waiting.extend((scope, child) for child in ast.iter_child_nodes(node))


def _limits(path: str) -> Limits:
    return LIMITS.get(path.split("/", 1)[0], Limits())


def _check_name(path: str) -> Iterator[Complaint]:
    for part in Path(path).with_suffix("").parts:
        if part in FORBIDDEN_NAMES:
            yield Complaint(path, 1, "", "module-name", f"{part!r} attracts everything: name it by the domain's noun")


def _check_module_length(path: str, source: str) -> Iterator[Complaint]:
    lines, limit = len(source.splitlines()), _limits(path).module_lines
    if lines > limit:
        yield Complaint(
            path, limit + 1, "", "module-length", f"{lines} lines, at most {limit}: split it by what it does"
        )


def _check_function(place: _Place) -> Iterator[Complaint]:
    if not isinstance(place.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    limits = _limits(place.path)
    measured: tuple[tuple[Rule, int, int, str], ...] = (
        ("function-length", _length(place.node), limits.function_lines, "lines without the docstring"),
        ("complexity", _complexity(place.node), limits.complexity, "paths (cyclomatic complexity)"),
        ("nesting", _nesting(place.node), limits.nesting, "blocks inside each other"),
        ("parameters", _parameters(place), limits.parameters, "parameters"),
    )
    for rule, value, limit, unit in measured:
        if value > limit:
            yield place.complain(rule, f"{place.function} has {value} {unit}, at most {limit}")


def _length(function: _Function) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of the functions and classes defined inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _complexity(function: _Function) -> int:
    return 1 + sum(_paths_added(node) for node in _own_nodes(function))


def _paths_added(node: ast.AST) -> int:
    match node:
        case ast.match_case(pattern=ast.MatchAs(pattern=None), guard=None):
            return 0
        case ast.match_case():
            return 1
        case ast.comprehension(ifs=conditions):
            return len(conditions)
        case _:
            return isinstance(node, _BRANCHES)


def _nesting(function: _Function) -> int:
    return max((_depth(statement) for statement in function.body), default=0)


def _depth(node: ast.AST) -> int:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return 0
    inner = max((_depth(child) for child in ast.iter_child_nodes(node) if not _is_elif(node, child)), default=0)
    level = inner + isinstance(node, _BLOCKS)
    following = [_depth(child) for child in ast.iter_child_nodes(node) if _is_elif(node, child)]
    return max([level, *following])


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    return (
        isinstance(parent, ast.If)
        and isinstance(child, ast.If)
        and parent.orelse == [child]
        and child.col_offset == parent.col_offset
    )


def _parameters(place: _Place) -> int:
    """Count the parameters; not self and cls, and not the keyword-only ones of a constructor, which names each part."""
    assert isinstance(place.node, ast.FunctionDef | ast.AsyncFunctionDef)
    arguments = place.node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    keyword_only = 0 if place.node.name == "__init__" else len(arguments.kwonlyargs)
    return len(names) + keyword_only + (arguments.vararg is not None) + (arguments.kwarg is not None)


def _check_imports(place: _Place) -> Iterator[Complaint]:
    for name in _imported_names(place.node):
        if name == "mock" or name.startswith(("unittest.mock", "mock.")):
            yield place.complain("mock", "unittest.mock is banned: use the real part or a scripted one")
        package = name.split(".", 1)[0]
        if package in SQL_PACKAGES and _must_not_speak_sql(place.path):
            yield place.complain("sql", f"{package} belongs in store.py, tables.py and db/ only")


def _imported_names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str(module), level=0):
            return [f"{module}.{alias.name}" for alias in node.names]
        case _:
            return []


def _must_not_speak_sql(path: str) -> bool:
    parts = path.split("/")
    return parts[0] == "drawbridge" and parts[-1] not in SQL_MODULES and parts[1] != "db"


def _check_environment(place: _Place) -> Iterator[Complaint]:
    if place.path == "drawbridge/settings.py" or place.path.split("/", 1)[0] in ("tests", "tools"):
        return
    match place.node:
        case ast.Attribute(value=ast.Name(id="os"), attr=attribute) if attribute in ENVIRONMENT_NAMES:
            yield place.complain("environment", f"os.{attribute}: only drawbridge/settings.py reads the environment")
        case ast.ImportFrom(module="os", names=names) if ENVIRONMENT_NAMES & {alias.name for alias in names}:
            yield place.complain("environment", "only drawbridge/settings.py reads the environment")
        case _:
            pass


def _check_tasks(place: _Place) -> Iterator[Complaint]:
    match place.node:
        case ast.Call(func=ast.Attribute(value=owner, attr=attribute)) if attribute in TASK_STARTERS:
            if _is_loop_or_asyncio(owner):
                yield place.complain("task", f"bare {attribute}: start it in a TaskGroup, which waits for it")
        case ast.ImportFrom(module="asyncio", names=names) if TASK_STARTERS & {alias.name for alias in names}:
            yield place.complain("task", "a bare task: start it in a TaskGroup, which waits for it")
        case _:
            pass


def _is_loop_or_asyncio(owner: ast.expr) -> bool:
    match owner:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == "asyncio" or name.endswith("loop")
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in ("get_event_loop", "get_running_loop", "new_event_loop")
        case _:
            return False


def _check_breadth(place: _Place) -> Iterator[Complaint]:
    match place.node:
        case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
            return  # It cleans up and lets the error go on: nothing is swallowed.
        case ast.ExceptHandler(type=None):
            yield place.complain("broad-except", "a bare except: name what you expect")
        case ast.ExceptHandler(type=ast.expr() as caught) if _is_broad(caught):
            yield place.complain("broad-except", f"except {ast.unparse(caught)}: only at the edge of a request or job")
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=caught):
            if any(_is_broad(each) for each in caught):
                yield place.complain("broad-except", "suppress(Exception): name what you expect")
        case _:
            pass


def _is_broad(caught: ast.expr) -> bool:
    match caught:
        case ast.Name(id=name):
            return name in ("Exception", "BaseException")
        case ast.Tuple(elts=elements):
            return any(_is_broad(element) for element in elements)
        case _:
            return False


def _python_files(root: Path) -> Iterator[Path]:
    for folder in ROOTS:
        yield from sorted((root / folder).rglob("*.py"))


def main(arguments: list[str]) -> int:
    """Check the files named, or all; return the exit status."""
    parser = argparse.ArgumentParser(description="Hold the shape of the code.")
    parser.add_argument("files", nargs="*", type=Path)
    named: list[Path] = parser.parse_args(arguments).files
    root = Path(__file__).resolve().parent.parent
    complaints: list[Complaint] = []
    for file in named or _python_files(root):
        path = file.resolve().relative_to(root).as_posix()
        complaints += check_module(path, file.read_text(encoding="utf-8"))
    left, unused = split_by_exceptions(complaints, EXCEPTIONS)
    for complaint in left:
        print(complaint)
    for path, function, rule in () if named else unused:
        print(f"tools/check_shape.py:1: the exception ({path!r}, {function!r}, {rule!r}) is not needed any more")
    return 1 if left or (unused and not named) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
