"""An event's refund is read strictly, refused by its field, and joined with what was asked before."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.appointments.cancellations import Refund, RefundProgress, refund_asked_for
from clinic.domain.money import DECIMALS, Money


def asked(amount: Any, currency: Any = None, charge_id: str | None = "ch_1") -> Refund | None:
    return refund_asked_for(amount, currency, charge_id, "MXN")


def due(amount: str, charge_id: str | None = "ch_1") -> Refund:
    return Refund(Money(Decimal(amount), "MXN"), charge_id)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (500, "500"),
        (500.5, "500.5"),
        (0.1, "0.1"),
        ("500.10", "500.10"),
        (" 500 ", "500"),
        (10**14, "100000000000000"),
        (1e2, "100"),  # a number of JSON: by then nobody can tell how it was written
    ],
)
def test_an_amount_is_kept_as_it_is_written(written: Any, amount: str) -> None:
    assert asked(written) == due(amount)


@pytest.mark.parametrize("nothing", [None, 0, "0", "0.00", -0.0, "-0"], ids=repr)
@pytest.mark.parametrize("currency", [None, "MXN", "PESOS", 7])
def test_nothing_to_give_back_is_no_refund(nothing: Any, currency: Any) -> None:
    assert asked(nothing, currency) is None


@pytest.mark.parametrize("written", ["mxn", "MXN", " Mxn ", "", None])
def test_a_currency_may_be_written_small_and_left_out(written: Any) -> None:
    assert asked(500, written) == due("500")


@pytest.mark.parametrize(
    ("amount", "currency", "reason", "field"),
    [
        (-500, None, "amount_negative", "refundAmount"),
        (-0.01, None, "amount_negative", "refundAmount"),
        ("-500.00", None, "amount_negative", "refundAmount"),
        (199.995, None, "amount_not_representable", "refundAmount"),
        ("500.000", None, "amount_not_representable", "refundAmount"),
        ("10.5", "JPY", "amount_not_representable", "refundAmount"),
        (10**15, None, "amount_not_representable", "refundAmount"),
        (1e300, None, "amount_not_representable", "refundAmount"),
        *(
            (odd, None, "amount_not_a_number", "refundAmount")
            for odd in (
                "", " ", "\n",
                "abc", "5_00", "1e2", "1E2", "+5", "--5", ".5", "5.", "5,00", "$500", "500 pesos", "NaN",
                "Infinity", float("inf"), float("nan"), "٥٠٠", "0x10", "5 00", True, [], [500], {"amount": 5},
            )
        ),
        *(
            (500, odd, "currency_unknown", "currency")
            for odd in ("PESOS", "XXX", 484, ["MXN"], "M X N", True)
        ),
    ],
    ids=repr,
)  # fmt: skip
def test_what_can_t_be_right_is_refused_by_its_fields_name_and_never_repeated(
    amount: Any, currency: Any, reason: str, field: str
) -> None:
    refund = asked(amount, currency)
    assert refund is not None
    assert (refund.progress, refund.reason, refund.money) == (RefundProgress.REFUSED, reason, None)
    assert str(refund.explanation).startswith(f"{field}: expected ")
    assert not str(amount).strip() or str(amount) not in str(refund.explanation).replace("500 or 500.00", "")


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@given(anything, anything)
def test_whatever_is_written_it_is_nothing_money_or_a_reasoned_refusal(amount: Any, currency: Any) -> None:
    refund = asked(amount, currency)
    if refund is None:
        return
    if refund.progress is RefundProgress.DUE:
        assert refund.money is not None
        assert refund.money.amount > 0
    else:
        assert refund.progress is RefundProgress.REFUSED
        assert refund.reason
        assert refund.explanation


@given(st.sampled_from(sorted(DECIMALS)), st.integers(1, 10**12))
def test_every_amount_that_can_be_paid_is_read_as_it_is_written(currency: str, units: int) -> None:
    money = Money.of_minor_units(units, currency)
    assert asked(str(money.amount), currency.lower()) == Refund(money, "ch_1")


# -- two events of one reservation --------------------------------------------------------------------

MADE = replace(due("500"), progress=RefundProgress.MADE, refund_id="re_1")
REFUSED_THERE = replace(due("9000"), progress=RefundProgress.REFUSED, reason="amount_too_large")
ODD = asked("abc")


@pytest.mark.parametrize("known", [due("500"), MADE, replace(due("500"), progress=RefundProgress.UNSETTLED)])
def test_the_same_again_changes_nothing_and_another_can_t_be_right(known: Refund) -> None:
    for same in (None, due("500"), due("500.00", None)):
        assert known.joined_with(same) == known
    for other in (due("499.99"), due("500", "ch_2"), ODD):
        assert known.joined_with(other) is None


def test_what_was_refused_gives_way_to_another_under_a_key_of_its_own() -> None:
    assert REFUSED_THERE.joined_with(due("9000")) == REFUSED_THERE
    assert REFUSED_THERE.joined_with(ODD) == REFUSED_THERE
    assert REFUSED_THERE.joined_with(due("500", None)) == replace(due("500"), attempt=2)


def test_what_could_not_be_asked_for_gives_way_to_what_can() -> None:
    assert ODD is not None
    for known in (replace(ODD, charge_id=None), due("500", None).of_charge(None)):
        assert known.progress is RefundProgress.REFUSED
        assert known.joined_with(due("500")) == due("500")
    assert due("500", None).of_charge(None).joined_with(due("500", None)) == due("500", None)
