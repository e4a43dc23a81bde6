"""Whole numbers, as JSON may write them."""


def whole(value: object) -> object:
    """A whole number that is written with a fraction of zero (``2.0``) as an int; all else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
