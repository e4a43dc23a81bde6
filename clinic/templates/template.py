"""A template: a name, a body with named parameters, an example of each."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from clinic.templates.language import Language

_PARAMETER = re.compile(r"\{\{(\w+)\}\}")


class Category(StrEnum):
    """What kind of message a channel takes it for; it may decide the price and the opt-out rules."""

    UTILITY = "UTILITY"


# Channels take from 30 seconds to 12 hours for this category, and by themselves may try for 30 days.
AN_HOUR = 60 * 60
TWELVE_HOURS = 12 * AN_HOUR

# What a text may have once its template has a header, a footer or a button.
LONGEST_TEXT = 1024


@dataclass(frozen=True)
class Template:
    """A message template.

    Attributes:
        name, language: what a channel knows it by.
        ttl_seconds: how long a channel tries to deliver it to a phone that is off or out of reach.
        body: the text, with ``{{parameter}}`` where a value goes.
        examples: a fictional value for each parameter; a channel may ask for them at registration.
    """

    name: str
    language: str
    category: Category
    ttl_seconds: int
    body: str
    examples: dict[str, str]

    @classmethod
    def in_language(cls, name: str, language: Language, category: Category, ttl_seconds: int) -> Self:
        """The template of this name in a language.

        Raises:
            KeyError: the language has no such text, or no example of one of its parameters; names it.
        """
        body, code = language.bodies[name], language.code
        examples = {
            parameter: language.own_examples.get((name, parameter)) or language.examples[parameter]
            for parameter in _PARAMETER.findall(body)
        }
        return cls(name, code, category, ttl_seconds, body, examples)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters' names in the order of the body."""
        return tuple(_PARAMETER.findall(self.body))

    def render(self, values: dict[str, str]) -> str:
        """The text a patient reads.

        Raises:
            KeyError: a parameter has no value.
        """
        return _PARAMETER.sub(lambda match: values[match[1]], self.body)
