"""Money: exact, with its currency, and as patients read it."""

from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.appointments.cancellations import RefundStatus
from clinic.domain.money import DECIMALS, Money
from clinic.templates.formatting import format_money

currencies = st.sampled_from(sorted(DECIMALS))


@pytest.mark.parametrize(
    ("amount", "currency", "units", "text"),
    [
        ("500", "MXN", 50000, "500.00 MXN"),
        ("500.5", "MXN", 50050, "500.50 MXN"),
        ("0.01", "MXN", 1, "0.01 MXN"),
        ("0", "MXN", 0, "0.00 MXN"),
        ("5E+2", "MXN", 50000, "500.00 MXN"),
        ("1500", "CLP", 1500, "1500 CLP"),
        ("1.234", "KWD", 1234, "1.234 KWD"),
        ("999999999999999.99", "MXN", 99999999999999999, "999999999999999.99 MXN"),
    ],
)
def test_an_amount_is_exact_in_its_currencys_smallest_units(
    amount: str, currency: str, units: int, text: str
) -> None:
    money = Money(Decimal(amount), currency)
    assert (money.minor_units, str(money)) == (units, text)
    assert Money.of_minor_units(units, currency) == money


def test_equal_amounts_are_equal_however_they_are_written() -> None:
    written = [Money(Decimal(text), "MXN") for text in ("500", "500.0", "500.00", "5E+2")]
    assert len(set(written)) == 1
    assert Money(Decimal(500), "USD") not in written


@pytest.mark.parametrize("amount", [500.0, 500, "500", True, None], ids=repr)
def test_what_is_no_decimal_is_refused(amount: Any) -> None:
    with pytest.raises(TypeError, match=r"^expected a Decimal$"):
        Money(amount, "MXN")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("-1", "MXN", "zero or more"),
        ("-0", "MXN", "zero or more"),
        ("NaN", "MXN", "zero or more"),
        ("sNaN", "MXN", "zero or more"),
        ("Infinity", "MXN", "zero or more"),
        ("1E+15", "MXN", "a smaller amount"),
        ("1E+999999", "MXN", "a smaller amount"),
        ("0.001", "MXN", "at most 2 decimals in MXN"),
        ("500.000", "MXN", "at most 2 decimals in MXN"),
        ("1E-999999", "MXN", "at most 2 decimals in MXN"),
        ("1.5", "JPY", "at most 0 decimals in JPY"),
        ("1.2345", "KWD", "at most 3 decimals in KWD"),
        ("1", "mxn", "a currency of ISO 4217"),
        ("1", "XYZ", "a currency of ISO 4217"),
        ("1", "", "a currency of ISO 4217"),
    ],
)
def test_what_is_no_amount_of_a_currency_is_refused(amount: str, currency: str, expected: str) -> None:
    with pytest.raises(ValueError, match=rf"^expected (an amount of )?{expected}"):
        Money(Decimal(amount), currency)


@given(st.integers(0, 10**15 - 1), currencies)
def test_smallest_units_become_money_and_smallest_units_again(units: int, currency: str) -> None:
    assert Money.of_minor_units(units, currency).minor_units == units


@pytest.mark.parametrize("units", [-1, 10**30])
def test_units_that_are_no_amount_are_refused(units: int) -> None:
    with pytest.raises(ValueError, match=r"^expected"):
        Money.of_minor_units(units, "MXN")


def test_units_of_no_currency_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^expected a currency"):
        Money.of_minor_units(1, "XYZ")


def test_every_currency_is_one_that_babel_knows() -> None:
    assert set(DECIMALS) - set(list_currencies()) == set()


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("500", "MXN", "$500.00"),
        ("0.5", "MXN", "$0.50"),
        ("1234567.89", "MXN", "$1,234,567.89"),
        ("999999999999999.99", "MXN", "$999,999,999,999,999.99"),
        ("500", "USD", "USD 500.00"),
        ("1500", "CLP", "CLP 1,500"),
        ("1.234", "KWD", "KWD 1.234"),
    ],
)
def test_money_reads_as_in_mexico(amount: str, currency: str, text: str) -> None:
    assert format_money(Money(Decimal(amount), currency), "es_MX") == text


@pytest.mark.parametrize(
    ("currency", "own", "text"),
    [
        ("MXN", "MXN", "$500.00"),
        ("USD", "MXN", "USD 500.00"),
        ("MXN", "USD", "$500.00 MXN"),
        ("USD", "USD", "USD 500.00"),
    ],
)
def test_an_amount_that_is_not_in_the_clinics_currency_names_its_own(
    currency: str, own: str, text: str
) -> None:
    assert format_money(Money(Decimal(500), currency), "es_MX", own_currency=own) == text


@given(st.integers(0, 10**15 - 1), currencies)
def test_no_digit_is_lost_on_the_way_to_the_patient(units: int, currency: str) -> None:
    money = Money.of_minor_units(units, currency)
    digits = [character for character in format_money(money, "es_MX") if character.isdigit()]
    assert int("".join(digits)) == units


def test_a_refund_that_failed_or_was_taken_back_does_not_stand() -> None:
    assert {status for status in RefundStatus if not status.stands} == {"failed", "canceled"}
