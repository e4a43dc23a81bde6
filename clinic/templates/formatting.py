"""Dates, times and money as people read them: the clinic's zone, their language, by Babel."""

import re
from copy import copy
from datetime import datetime
from zoneinfo import ZoneInfo

from clinic.domain.money import DECIMALS, Money

# CLDR sets thin and non-breaking spaces; plain ones look the same on a phone and compare as typed.
_PLAIN_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " "})

# CLDR sets a space between letters and digits there; Babel leaves it out.
_CODE_BEFORE_NUMBER = re.compile(r"(?<=[A-Z])(?=\d)")


def format_day(instant: datetime, time_zone: str, language: str) -> str:
    """The local day: "lunes, 30 de noviembre de 2026"."""
    from babel.dates import format_date  # here, since planning formats nothing and starts sooner without

    local = instant.astimezone(ZoneInfo(time_zone))
    return format_date(local, "full", locale=language).translate(_PLAIN_SPACES)


def format_clock(instant: datetime, time_zone: str, language: str) -> str:
    """The local time of day: "10:00 a.m."."""
    from babel.dates import format_time  # late: planning starts sooner without

    local = instant.astimezone(ZoneInfo(time_zone))
    return format_time(local.time(), "short", locale=language).translate(_PLAIN_SPACES)


def format_phone(number: str) -> str:
    """A number (E.164) in groups: "+52 55 0000 0001"."""
    from phonenumbers import phonenumberutil as plans  # late: planning starts sooner without

    return plans.format_number(plans.parse(number), plans.PhoneNumberFormat.INTERNATIONAL)


def phone_line(number: str | None, form: str) -> str:
    """What a language's phrase for a telephone number says of this one; nothing of none."""
    return form.format(number=format_phone(number)) if number else ""


def format_money(money: Money, language: str, *, own_currency: str | None = None) -> str:
    """The amount with its currency: "$1,500.00"; a foreign one by its code, "USD 1,500.00".

    Args:
        own_currency: the clinic's; an amount in another has its code, "$1,500.00 MXN". None: the language's.
    """
    from babel import Locale  # late: planning starts sooner without

    # The digits are the currency's own: CLDR leaves out the cents of some that are seldom counted in cents.
    decimals = DECIMALS[money.currency]
    pattern = copy(Locale.parse(language).currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    text = pattern.apply(money.amount, language, currency=money.currency, currency_digits=False)
    text = _CODE_BEFORE_NUMBER.sub(" ", text.translate(_PLAIN_SPACES))
    is_foreign = own_currency is not None and money.currency != own_currency
    return f"{text} {money.currency}" if is_foreign and money.currency not in text else text
