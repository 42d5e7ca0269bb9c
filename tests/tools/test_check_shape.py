"""The shape of the code: what is complained about, where, and what is let through."""

from textwrap import dedent, indent

import pytest

from tools.check_shape import Complaint, Where, check_module, split_by_exceptions

PRODUCT = "drawbridge/usage/reports.py"


def check(source: str, path: str = PRODUCT) -> list[Complaint]:
    return check_module(path, dedent(source))


def rules(source: str, path: str = PRODUCT) -> list[str]:
    return [complaint.rule for complaint in check(source, path)]


def function_of(lines: int, docstring_lines: int = 0) -> str:
    docstring = ['"""Say what.', *["More."] * (docstring_lines - 2), '"""'] if docstring_lines else []
    body = [*docstring, *["pass"] * (lines - 1)]
    return "def long():\n" + indent("\n".join(body), "    ")


def test_a_plain_function_has_nothing_wrong() -> None:
    assert check("def add(left: int, right: int) -> int:\n    return left + right\n") == []


def test_a_complaint_names_path_line_and_function() -> None:
    source = """
        class Report:
            def read(self):
                try:
                    return 1
                except Exception:
                    return 0
        """

    (complaint,) = check(source)

    assert complaint.where == (PRODUCT, "Report.read", "broad-except")
    assert str(complaint).startswith(f"{PRODUCT}:6: ")


def test_a_function_of_60_lines_is_allowed_and_one_of_61_is_not() -> None:
    assert rules(function_of(60)) == []
    assert rules(function_of(61)) == ["function-length"]


def test_a_docstring_does_not_count_as_lines_of_its_function() -> None:
    assert rules(function_of(60, docstring_lines=20)) == []
    assert rules(function_of(61, docstring_lines=20)) == ["function-length"]


def test_a_module_of_500_lines_is_allowed_and_one_of_501_is_not() -> None:
    assert rules("x = 1\n" * 500) == []
    assert rules("x = 1\n" * 501) == ["module-length"]


@pytest.mark.parametrize(
    "branch",
    ["if a: pass", "for a in b: pass", "while a: pass", "with a: c = [d for d in b if d]"],
)
def test_ten_paths_are_allowed_and_eleven_are_not(branch: str) -> None:
    def function(branches: int) -> str:
        return "def choose(a, b):\n" + f"    {branch}\n" * branches

    assert rules(function(9)) == []
    assert rules(function(10)) == ["complexity"]


def test_every_case_but_the_last_resort_is_a_path() -> None:
    cases = "".join(f"        case {number}: pass\n" for number in range(9))
    wide = "def choose(a):\n    match a:\n" + cases + "        case _: pass\n"

    assert rules(wide) == []
    assert rules(wide.replace("case _", "case 10")) == ["complexity"]


def test_the_paths_of_an_inner_function_are_its_own() -> None:
    inner = "    def inner():\n" + "        if a: pass\n" * 8
    assert rules("def outer(a):\n" + inner + "    if a: pass\n" * 8) == []


def test_three_blocks_inside_each_other_are_allowed_and_four_are_not() -> None:
    three = """
        def read(a):
            for b in a:
                with b:
                    if b:
                        return b
        """
    four = """
        def read(a):
            try:
                for b in a:
                    with b:
                        if b:
                            return b
            finally:
                a.close()
        """

    assert rules(three) == []
    assert rules(four) == ["nesting"]


def test_elif_is_no_deeper_than_its_if_but_an_if_under_else_is() -> None:
    chain = """
        def choose(a):
            if a == 1: pass
            elif a == 2: pass
            elif a == 3: pass
            elif a == 4: pass
            else: pass
        """
    stairs = """
        def choose(a):
            if a == 1: pass
            else:
                if a == 2: pass
                else:
                    if a == 3: pass
                    else:
                        if a == 4: pass
        """

    assert rules(chain) == []
    assert rules(stairs) == ["nesting"]


def test_six_parameters_are_allowed_and_seven_are_not() -> None:
    assert rules("def make(a, b, c, d, e, *, f): pass") == []
    assert rules("def make(a, b, c, d, e, *, f, g): pass") == ["parameters"]
    assert rules("def make(a, b, c, d, e, *f, **g): pass") == ["parameters"]


def test_self_and_the_named_parts_of_a_constructor_do_not_count_as_parameters() -> None:
    source = """
        class Part:
            def __init__(self, a, *, b, c, d, e, f, g, h): pass
            def move(self, a, b, c, d, e, f): pass
        """
    assert rules(source) == []
    assert rules(source.replace("f): pass", "f, g): pass")) == ["parameters"]


@pytest.mark.parametrize("path", ["drawbridge/usage/utils.py", "drawbridge/service/rows.py", "tests/helpers.py"])
def test_a_name_that_attracts_everything_is_refused(path: str) -> None:
    assert rules("", path) == ["module-name"]


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['A']",
        "import os\nos.getenv('A')",
        "from os import environ",
        "from os import path, getenv",
    ],
)
def test_only_the_settings_tests_and_tools_read_the_environment(source: str) -> None:
    assert rules(source) == ["environment"]
    assert rules(source, "bench/start.py") == ["environment"]
    assert rules(source, "drawbridge/settings.py") == []
    assert rules(source, "tests/test_start.py") == []


@pytest.mark.parametrize(
    "source",
    [
        "import sqlalchemy",
        "from sqlalchemy.ext.asyncio import AsyncConnection",
        "import psycopg.rows",
        "import alembic",
    ],
)
def test_sql_stays_in_stores_tables_and_the_database_folder(source: str) -> None:
    assert rules(source) == ["sql"]
    for path in ("drawbridge/usage/store.py", "drawbridge/usage/tables.py", "drawbridge/db/engine.py", "tests/rows.py"):
        assert rules(source, path) == []


@pytest.mark.parametrize(
    "source", ["import unittest.mock", "from unittest import mock", "from unittest.mock import Mock"]
)
def test_mocks_are_refused_in_tests_too(source: str) -> None:
    assert rules(source, "tests/test_rows.py") == ["mock"]


@pytest.mark.parametrize(
    "source",
    [
        "asyncio.create_task(work())",
        "asyncio.ensure_future(work())",
        "loop.create_task(work())",
        "self._loop.create_task(work())",
        "asyncio.get_running_loop().create_task(work())",
        "from asyncio import create_task",
    ],
)
def test_a_task_outside_a_group_is_refused(source: str) -> None:
    assert rules(source) == ["task"]


def test_a_task_in_a_group_is_allowed() -> None:
    source = """
        async def serve():
            async with asyncio.TaskGroup() as group:
                group.create_task(work())
        """
    assert rules(source) == []


@pytest.mark.parametrize(
    "caught", ["", " Exception", " BaseException", " (ValueError, Exception)", " Exception as error"]
)
def test_catching_everything_is_refused(caught: str) -> None:
    assert rules(f"try:\n    work()\nexcept{caught}:\n    pass") == ["broad-except"]


def test_suppressing_everything_is_refused() -> None:
    assert rules("with contextlib.suppress(Exception):\n    work()") == ["broad-except"]


def test_cleaning_up_and_raising_again_is_allowed() -> None:
    assert rules("try:\n    work()\nexcept BaseException:\n    tidy()\n    raise") == []
    assert rules("try:\n    work()\nexcept BaseException:\n    raise ValueError") == ["broad-except"]


def test_a_file_that_is_no_python_is_a_complaint_with_its_line() -> None:
    (complaint,) = check("x = 1\ndef broken(:\n")

    assert (complaint.rule, complaint.line) == ("unreadable", 2)


def test_an_exception_covers_its_own_place_only() -> None:
    complaints = check("def one():\n    os.getenv('A')\ndef two():\n    os.getenv('B')\n")
    exceptions: dict[Where, str] = {(PRODUCT, "one", "environment"): "it is asked for"}

    left, unused = split_by_exceptions(complaints, exceptions)

    assert [complaint.function for complaint in left] == ["two"]
    assert unused == []


def test_an_exception_that_nothing_needs_is_reported() -> None:
    exceptions: dict[Where, str] = {(PRODUCT, "gone", "nesting"): "it was deep"}

    left, unused = split_by_exceptions([], exceptions)

    assert left == []
    assert unused == [(PRODUCT, "gone", "nesting")]
