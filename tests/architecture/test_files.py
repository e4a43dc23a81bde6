import ast
import re
from collections import Counter

from tests.architecture import project

MOST_LINES = 400
MOST_FILES = 15  # in one folder, beside `__init__.py`
# One file for each of what there can be any number of; a table or a README beside them lists them.
MAY_BE_FULLER = {
    "docs": "a page for each matter, and what the pages show",
    "docs/decisions": "a page for each decision",
    "lambdas": "a module for each workflow and endpoint, and what handlers share",
}


def test_no_file_is_longer_than_one_job_needs() -> None:
    long = {
        project.name(path): lines
        for path in project.files(".py")
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_folder_is_fuller_than_a_stranger_can_look_through() -> None:
    folders = Counter(project.name(path.parent) for path in project.files() if path.name != "__init__.py")
    assert {folder for folder, files in folders.items() if files > MOST_FILES} == set(MAY_BE_FULLER)


def test_packages_hold_no_code_in_their_init() -> None:
    with_code = [
        project.name(path)
        for path in project.files("__init__.py")
        if any(not _is_docstring(statement) for statement in ast.parse(path.read_text()).body)
    ]
    assert with_code == []


def test_no_module_is_a_grab_bag() -> None:
    vague = {"utils.py", "helpers.py", "common.py", "misc.py", "constants.py", "util.py"}
    assert [project.name(path) for path in project.files(".py") if path.name in vague] == []


# The patterns below have classes of one letter, so that this file does not match itself.


def test_nothing_names_a_package_registry() -> None:
    registries = re.compile(r"py[p]i\.org|registry\.npm[j]s|python[h]osted|deb\.de[b]ian", re.IGNORECASE)
    assert _matches(registries) == []


def test_nothing_names_a_path_of_somebodys_machine() -> None:
    machines = re.compile(r"(?<![\w.])/(h[o]me|r[o]ot|Us[e]rs|w[o]rk)/\w")
    assert _matches(machines) == []


def test_every_silenced_check_says_why() -> None:
    silenced = re.compile(r"#\s*(no[q]a|type:\s*ig[n]ore)\b")
    reason = r"\s*[-#]\s*(?!no[q]a)[\w`]"
    reasoned = re.compile(r"#\s*(no[q]a:\s*[A-Z0-9, ]+?|type:\s*ig[n]ore\[[\w, -]+\])" + reason)
    unexplained = [
        f"{project.name(path)}:{number}"
        for path in project.files(".py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if silenced.search(line) and not reasoned.search(line)
    ]
    assert unexplained == []


def test_no_test_is_switched_off() -> None:
    off = re.compile(r"pytest\.(mark\.)?(sk[i]p|xf[a]il|import[o]rskip)")
    assert _matches(off) == []


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{project.name(path)}:{number}"
        for path in project.files()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]
