"""Each mutant can still be made; whether the tests notice it is what ``make mutants`` finds out."""

from pathlib import Path

import pytest

from tests.mutants.catalogue import Mutant, MutantError, likeliest_first, load, pattern_of

CATALOGUE = load()
CODE = "def fits(held: int, places: int) -> bool:\n    return bool(\n        held < places,\n    )\n"


def mutant(**place: object) -> Mutant:
    return Mutant("places are given twice", "slots", place)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project of one file, deep in a folder."""
    (tmp_path / "clinic" / "deep").mkdir(parents=True)
    (tmp_path / "clinic" / "deep" / "places.py").write_text(CODE)
    return tmp_path


@pytest.mark.parametrize("each", CATALOGUE.mutants, ids=lambda each: each.name)
def test_it_has_one_place_and_what_comes_out_parses(each: Mutant) -> None:
    each.change()


def test_every_room_has_mutants_and_tests() -> None:
    assert {each.room for each in CATALOGUE.mutants} == set(CATALOGUE.rooms)
    assert all(CATALOGUE.rooms.values())


def test_a_place_is_found_however_it_is_laid_out(tree: Path) -> None:
    change = mutant(find="return bool(held < places)", replace="return held <= places").change(tree)
    assert change.path == Path("clinic/deep/places.py")
    assert change.text == "def fits(held: int, places: int) -> bool:\n    return held <= places\n"


@pytest.mark.parametrize(
    ("find", "replace", "why"),
    [
        ("held > places", "True", "found 0 times"),
        ("places", "places", "found 2 times"),
        ("held < places", "held < places", "changes nothing"),
        ("held < places", "held <", "no Python"),
    ],
)
def test_what_can_not_be_made_says_why(tree: Path, find: str, replace: str, why: str) -> None:
    with pytest.raises(MutantError, match=f"^places are given twice: .*{why}"):
        mutant(find=find, replace=replace).change(tree)


def test_a_word_is_matched_whole() -> None:
    assert pattern_of("held < place").search("held < places") is None
    assert pattern_of("return held").search("returnheld") is None


def test_the_tests_of_the_changed_file_come_first_and_the_others_stay_in_order() -> None:
    tests = (
        "tests/domain/test_money.py",
        "tests/services/requests/test_slot_cleanup.py",
        "tests/services/messages/test_gate.py",
    )
    assert likeliest_first(tests, Path("clinic/services/requests/slot_cleanup.py")) == (
        tests[1],
        tests[0],
        tests[2],
    )
