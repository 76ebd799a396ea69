"""Guesses for text where a number or a Boolean is expected, and display of unusual text."""

from __future__ import annotations

import re
import unicodedata

from fem_lumbar.scenario.yaml_text import named

_LONGEST_SHOWN = 60
_TRUE, _FALSE = ("yes", "y", "on", "1"), ("no", "n", "off", "0")
_NUMBER = re.compile(r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$")
_WITH_UNIT = re.compile(r"^([-+]?[0-9]+(?:\.[0-9]+)?)\s*((?![eE]$)[A-Za-zµ°%²³/·]+)$")
_COMMAS = re.compile(r"^([-+]?)([0-9]+),([0-9]+)$")
_GROUPED = re.compile(r"^[-+]?[0-9]{1,3}(?:([.,'_ ])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?$")
_DASHES = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"), "-")


def number_meant(text: str) -> str | None:
    """Text on the number that was probably meant; None without a guess."""
    if any(unicodedata.category(c) == "No" for c in text):  # 5² is not 52
        return None
    plain = unicodedata.normalize("NFKC", text.translate(_DASHES)).strip()
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    odd = f" ({unusual(text)})" if unusual(text) else ""
    if _NUMBER.match(plain):
        return f"{plain}{odd}" if plain != text else f"{plain} without quotes"
    if commas := _COMMAS.match(plain):
        return f"{commas[1]}{commas[2]}.{commas[3]} (use a decimal point, not a comma){odd}"
    if grouped := _GROUPED.match(plain):
        return f"{_ungrouped(plain, grouped[1])} (no thousands separators; decimals follow a point){odd}"
    if re.match(r"^[-+]?[0-9_]+$", plain):
        return plain.replace("_", "")
    if re.match(r"^[0-9]+(?::[0-5]?[0-9])+$", plain):
        return "a number without colons (YAML 1.1 reads it as base 60)"
    if re.match(r"^0[xob]", plain):
        return _to_base_ten(plain)
    if unit := _WITH_UNIT.match(plain):
        return f"{unit[1]}, if that is in the unit of the key (a number stands without {unit[2]})"
    return None


def truth_meant(text: str) -> str | None:
    """``true`` or ``false`` for a word with that meaning in other programs; None for any other."""
    word = text.lower()
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def unusual(text: str) -> str:
    """Characters that are invisible or look like others, with code and name; empty if there are none."""
    return ", ".join(dict.fromkeys(named(c) for c in text if ord(c) > 127 and not _is_plain(c)))


def shown(text: str) -> str:
    """Text for one line of a message: shortened, with non-printable characters escaped."""
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def _is_plain(character: str) -> bool:
    """Whether a character is a Latin letter or a sign of units; others are easily mistaken for these."""
    return character in "·µ°²³–…" or unicodedata.name(character, "").startswith("LATIN")


def _ungrouped(text: str, separator: str) -> str:
    decimal = "," if separator == "." else "."
    return text.replace(separator, "").replace(decimal, ".")


def _to_base_ten(text: str) -> str | None:
    try:
        return f"{int(text, 0)} (numbers are decimal)"
    except ValueError:
        return None
