"""Amounts of money: a decimal number with its currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

# ISO 4217: how many decimals a currency has. Funds, metals and test codes are left out.
_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW
"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"

DECIMALS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
"""The decimals of each currency, by its ISO 4217 code."""

# More than any visit costs in any currency, and few enough digits for every calculation to be exact.
_MOST = Decimal(10) ** 15


@dataclass(frozen=True)
class Money:
    """An amount in a currency's own decimals; equal amounts are equal however they were written.

    ``Money(Decimal("500"), "MXN")`` is ``Money(Decimal("500.00"), "MXN")``. More decimals than the currency
    has are refused even when they are zeros: ``500.000`` pesos may be five hundred thousand, written with a
    dot as in Chile.

    Attributes:
        amount: zero or more, in the currency itself (pesos, not centavos).
        currency: ISO 4217, in capitals.

    Raises:
        TypeError: the amount is no `Decimal`: a float has lost the amount already.
        ValueError: it is no such amount, or no such currency. The message does not repeat it.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        decimals = DECIMALS.get(self.currency)
        if decimals is None:
            raise ValueError("expected a currency of ISO 4217, such as MXN")
        if not isinstance(self.amount, Decimal):
            raise TypeError("expected a Decimal")
        if not self.amount.is_finite() or self.amount.is_signed():
            raise ValueError("expected an amount of zero or more")
        if self.amount >= _MOST:
            raise ValueError("expected a smaller amount")
        exponent = self.amount.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > decimals:
            raise ValueError(f"expected at most {decimals} decimals in {self.currency}")
        object.__setattr__(self, "amount", self.amount.quantize(Decimal(1).scaleb(-decimals)))

    @classmethod
    def of_minor_units(cls, units: int, currency: str) -> Self:
        """So many of the currency's smallest units: 50000 in MXN is 500.00.

        Raises:
            ValueError: it is no such amount, or no such currency.
        """
        return cls(Decimal(units).scaleb(-DECIMALS.get(currency, 0)), currency)

    @property
    def minor_units(self) -> int:
        """The amount in the currency's smallest units: 500.00 MXN is 50000."""
        return int(self.amount.scaleb(DECIMALS[self.currency]))

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
