"""Numbers in words, right for none, one and many."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def count(number: int, noun: str, plural: str = "") -> str:
    """Return "no units", "1 unit", "12 units"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {plural or noun + 's'}" if number else f"no {plural or noun + 's'}"


def listed(words: Iterable[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    items = list(words)
    return items[0] if len(items) == 1 else " and ".join([", ".join(items[:-1]), items[-1]]) if items else ""


def parts(text: str) -> list[str]:
    """Return the words of a text that are separated by ";", as cells with several values hold them."""
    return [part.strip() for part in text.split(";") if part.strip()]


def money(amount: float, currency: str) -> str:
    """Return an amount of readable length: "USD 1.85 M", "USD 412 k", "USD 38"."""
    for size, letter in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if abs(amount) >= size * 0.9995:
            return f"{currency} {amount / size:,.4g}{letter}"
    return f"{currency} {amount:,.0f}"


def share(value: float | None) -> str:
    """Return a percentage, "unknown" for None; what would round to 0.0 % but is not is said to be under 0.1 %."""
    if value is not None and 0.0 < value < 0.0005:
        return "under 0.1%"
    return "unknown" if value is None else f"{value:.1%}"


def some(number: float) -> str:
    """Return a whole number, "under 1" for a little that would round to none."""
    return "under 1" if 0.0 < number < 0.5 else f"{number:,.0f}"


_SMALL = {"a", "an", "and", "at", "by", "de", "del", "for", "in", "of", "on", "the", "to"}
_KEPT = {
    "ARH", "ASC", "CAH", "CHI", "ER", "HCA", "HEB", "HMH", "IHC", "IU", "LLC", "LLP", "LP", "MD", "NE", "NYU",
    "OHSU", "OSF", "OU", "PIH", "SE", "SUNY", "UAB", "UC", "UCLA", "UCSD", "UCSF", "UF", "UH", "UI", "UNC", "UNM",
    "UPMC", "USA", "USC", "USMD", "UT", "UTMB", "UVA", "UW", "VA", "VCU", "II", "III", "IV", "VI", "VII", "VIII",
    "IX",
}  # fmt: skip
_SHORT = {"CO", "CORP", "CTR", "DR", "FT", "HLTH", "INC", "JR", "LTD", "MT", "ST", "STE"}
"""Words cut short: no abbreviations that keep their capitals, with a dot at their end or without."""


def proper(name: str) -> str:
    """Return a name that is all capitals as people write it: "PARKLAND HEALTH" -> "Parkland Health".

    Names with a small letter stay as they are. Words with a figure or a dot inside, without a vowel, or known as
    abbreviations keep their capitals. "CENTER,THE" becomes "The Center".
    """
    if name != name.upper() or len(name.split()) < 2:
        return name
    name = re.sub(r"^(.*\S)\s*,\s*THE$", r"THE \1", name.strip())
    words = re.findall(r"[\w.'&]+|[^\w.'&]+", name)
    return "".join(_proper_word(word, is_first=k == 0 or words[k - 1][-1] in ",-(/") for k, word in enumerate(words))


def _proper_word(word: str, *, is_first: bool) -> str:
    if word.removesuffix(".") in _SHORT:
        return word.capitalize()
    if word in _KEPT or any(letter.isdigit() or letter in ".&" for letter in word):
        return word
    if word.lower() in _SMALL and not is_first:
        return word.lower()
    if not set(word) & set("AEIOUY"):
        return word
    start, rest = re.fullmatch(r"(MC(?=\w{3})|[A-Z]'(?=\w{2})|)(.*)", word, re.DOTALL).groups()  # type: ignore[union-attr]
    return start.capitalize() + rest.capitalize()
