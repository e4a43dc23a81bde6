"""A template's values, brought to what channels take: the whole text in 1,024 characters.

So long a text may be as soon as a template has a button, and no patient reads a longer one. Names, dates,
amounts and phone numbers are never cut; what somebody has written freely is, at a word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clinic.domain.text import sentences
from clinic.templates.template import LONGEST_TEXT, Template

_CUT = "…"


@dataclass(frozen=True)
class Free:
    """A value of which a part may be cut.

    Attributes:
        text: what may be cut.
        before: what stands before it, whole.
        after: what is said after it, whole.
    """

    text: str
    before: str = ""
    after: str = ""

    def cut_to(self, longest: int) -> str:
        """The value with at most so many characters of its text."""
        return sentences(f"{self.before}{_cut(self.text, longest)}", self.after)


Values = Mapping[str, str | Free]


def fill(template: Template, values: Values) -> dict[str, str]:
    """The template's values in its order. Where all is too long, free texts share the room there is."""
    wanted = {name: values[name] for name in template.parameters}
    free = [value for value in wanted.values() if isinstance(value, Free)]

    def filled(longest: int) -> dict[str, str]:
        return {
            name: value.cut_to(longest) if isinstance(value, Free) else value
            for name, value in wanted.items()
        }

    whole = filled(LONGEST_TEXT)
    if not free or len(template.render(whole)) <= LONGEST_TEXT:
        return whole
    # Each full stop that a cut makes needless is counted as room that is taken.
    taken = len(template.render(filled(len(_CUT)))) - len(free) * (len(_CUT) - 1)
    return filled(_level([len(value.text) for value in free], LONGEST_TEXT - taken))


def _level(lengths: Sequence[int], room: int) -> int:
    """The greatest length that all may have together in so much room; short ones leave theirs to others."""
    for done, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - done)
        if length > share:
            return max(share, len(_CUT))
        room -= length
    return max(lengths)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    room = text[: max(longest - len(_CUT), 0)]
    words = room if text[len(room) : len(room) + 1].isspace() else room.rpartition(" ")[0] or room
    return words.rstrip(" ,;:.·-–(¿¡") + _CUT
