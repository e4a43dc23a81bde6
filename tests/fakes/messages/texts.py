"""The texts in Spanish, by name: those that tests speak of where the language is no matter."""

from clinic.templates.catalogue import CATALOGUE, phrases_in
from clinic.templates.template import Template

SPANISH: dict[str, Template] = {name: text for (name, code), text in CATALOGUE.items() if code == "es_MX"}
PHRASES = phrases_in("es_MX")
