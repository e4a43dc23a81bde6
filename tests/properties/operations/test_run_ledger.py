"""Step Functions' words on a run come to the same row in any order, and any of them twice."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.operations.runs import Run, RunStatus
from tests.fakes.operations.runs import MemoryRunLedger, run

ENDINGS = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.ABORTED)


@st.composite
def lives(draw: st.DrawFn) -> list[Run]:
    """All that is said of one run, in its true order: it begins, ends, and is perhaps redriven."""
    words: list[Run] = []
    for redrives in range(draw(st.integers(1, 4))):
        began = run(redrives=redrives)
        words.append(began)
        at = began.started_at + timedelta(hours=1 + redrives)
        ending = draw(st.sampled_from(ENDINGS))
        words.append(
            replace(began, status=ending, stopped_at=at, busy=timedelta(seconds=1), transitions=redrives)
        )
        if draw(st.booleans()):
            words.append(replace(began, status=RunStatus.PENDING_REDRIVE))
    return words[: draw(st.integers(1, len(words)))]


@given(lives(), st.data())
def test_the_last_word_counts_whenever_it_comes_and_however_often(
    life: list[Run], data: st.DataObject
) -> None:
    heard = data.draw(st.permutations(life + data.draw(st.lists(st.sampled_from(life), max_size=5))))
    store = MemoryRunLedger()
    for word in heard:
        store.note(word)
    assert list(store.rows.values()) == [life[-1]]


@given(lives())
def test_each_word_ranks_above_all_before_it(life: list[Run]) -> None:
    ranks = [word.rank for word in life]
    assert ranks == sorted(set(ranks))
