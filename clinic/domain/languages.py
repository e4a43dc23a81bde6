"""The languages that messages are written in, and which of them a tag asks for."""

import re

LANGUAGES: tuple[str, ...] = ("es_MX", "en_US")
"""Each by its language and region, as Babel writes it; the first stands in where none is named.

Each has its texts in a file of its name, ``clinic/templates/languages/es_mx.py``.
"""

DEFAULT_LANGUAGE = LANGUAGES[0]

# RFC 5646, as far as it matters here: a language, then script, region and the rest.
_TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)
_ACCEPTED = f"expected a language that messages are written in: {', '.join(LANGUAGES)}"


def language_of(tag: str) -> str:
    """The one of `LANGUAGES` that a tag asks for: ``en``, ``en-US``, ``en_us`` and ``en-GB`` are ``en_US``.

    The very language and region if there is one, else the first of that language: whoever reads English of
    another country is served better with it than with Spanish.

    Raises:
        ValueError: it is no tag, or messages are not written in this language. The message lists those that
            would be accepted.
    """
    tag = tag.strip()
    if not _TAG.fullmatch(tag):
        raise ValueError(_ACCEPTED)
    wanted, *rest = tag.replace("-", "_").lower().split("_")
    alike = [code for code in LANGUAGES if code.lower().split("_")[0] == wanted]
    if not alike:
        raise ValueError(_ACCEPTED)
    return next((code for code in alike if code.lower().split("_")[1] in rest), alike[0])
