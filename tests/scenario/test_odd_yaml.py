"""YAML that is odd, damaged or meant otherwise: refused with what was meant, or read by the rules of YAML 1.2."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import pytest

from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.scenario.spelling import number_meant

HEAD = "schema_version: 1\n"
FLEXION = HEAD + "load_cases: {flexion: {moment_Nm: 7.5}}\n"
PRESS = HEAD + "load_cases:\n  press: {follower_N: %s}\n"
BENT = HEAD + "load_cases:\n  flexion:\n    moment_Nm: %s\n"


def refusal(folder: Path, given: str | bytes) -> str:
    path = folder / "odd.yaml"
    path.write_bytes(given if isinstance(given, bytes) else given.encode("utf-8"))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    shown = str(caught.value)
    assert len(shown.splitlines()) < 50 and max(map(len, shown.splitlines())) < 500
    return shown


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi")
)
MERGED = "a: &a {p: 1, q: 2}\n" + "".join(
    f"{new}: &{new} {{<<: [{','.join(['*' + old] * 10)}]}}\n" for old, new in zip("abcdefgh", "bcdefghi")
)
DEEPER = "a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 15 + "*a" + "]" * 15 + "\n"

REFUSED = {
    "a thousand lists": ("a: " + "[" * 1000 + "]" * 1000, "odd.yaml:1: nested too deep (more than 32 levels), column"),
    "a thousand lists never closed": ("a: " + "[" * 100_000, "odd.yaml:1: nested too deep"),
    "a thousand maps": ("a: " + "{a: " * 1000 + "}" * 1000, "nested too deep"),
    "a thousand block lists": ("a:\n " + "- " * 1000 + "x\n", "odd.yaml:2: nested too deep"),
    "a thousand indented maps": ("".join(" " * i + "a:\n" for i in range(1000)), "odd.yaml:32: nested too deep"),
    "deep by aliases": (DEEPER, "odd.yaml:2: nested too deep (more than 32 levels, aliases written out)"),
    "billion laughs": (HEAD + LAUGHS, "odd.yaml:7: too many aliased nodes"),
    "billion laughs by merging": (HEAD + MERGED, "too many aliased nodes"),
    "alias of itself": ("a: &a [*a]\n", "an alias that refers to itself"),
    "alias of nothing": ("a: *b\n", "undefined alias"),
    "octal": (PRESS % "0500", "0500 is 320 in YAML 1.1 (octal) and 500 in YAML 1.2: write 500"),
    "octal with a sign": (BENT % "+07", "+07 is 7 in YAML 1.1"),
    "leading zero that is no octal": (PRESS % "0800", "0800 is text in YAML 1.1 and 800 in YAML 1.2"),
    "leading zeros in a name": (FLEXION + "name: 007\n", "007 is 7 in YAML 1.1"),
    "octal of YAML 1.2": (PRESS % "0o17", "did you mean 15 (numbers are decimal)?"),
    "hexadecimal": (PRESS % "0x10", "did you mean 16 (numbers are decimal)?"),
    "binary": (PRESS % "0b101", "did you mean 5 (numbers"),
    "hexadecimal without digits": (PRESS % "0xg", "expected a number, got text '0xg'"),
    "sexagesimal": (BENT % "1:30", "a number without colons (YAML 1.1 reads it as base 60)"),
    "underscores": (PRESS % "1_000", "did you mean 1000"),
    "decimal comma in braces": (HEAD + "load_cases: {flexion: {moment_Nm: 7,5}}\n", "did you mean 7.5?"),
    "decimal comma in braces before another key": (
        HEAD + "load_cases: {flexion: {moment_Nm: 7,5, follower_N: 3}}\n",
        "load_cases.flexion.moment_Nm: got 7,5; a comma ends the value",
    ),
    "decimal comma": (BENT % "7,5", "did you mean 7.5 (use a decimal point, not a comma)?"),
    "quoted decimal comma": (BENT % "'7,5'", "did you mean 7.5 (use a decimal point"),
    "grouped, decimal comma": (BENT % "1.234,5", "did you mean 1234.5 (no thousands separators"),
    "grouped by commas": (BENT % "'1,234.5'", "did you mean 1234.5"),
    "grouped by spaces": (BENT % "1 000", "did you mean 1000 (no thousands separators"),
    "grouped by apostrophes": (BENT % '"1\'000"', "did you mean 1000 (no thousands separators"),
    "minus sign that is none": (BENT % "\u22120.5", "did you mean -0.5 (U+2212 MINUS SIGN)?"),
    "dash for a minus": (BENT % "\u20130.5", "did you mean -0.5"),
    "full-width digits": (BENT % "\uff17.\uff15", "did you mean 7.5 (U+FF17 FULLWIDTH DIGIT SEVEN"),
    "no-break space after a number": (BENT % "7.5\u00a0", "did you mean 7.5 (U+00A0 NO-BREAK SPACE)?"),
    "zero width in a number": (BENT % "7\u200b.5", "did you mean 7.5 (U+200B ZERO WIDTH SPACE)?"),
    "zero width in a key": (FLEXION + "me\u200bsh: {}\n", "the key holds U+200B ZERO WIDTH SPACE"),
    "look-alike in a key": (FLEXION + "m\u0435sh: {}\n", "the key holds U+0435 CYRILLIC SMALL LETTER IE"),
    "look-alike in a choice": (
        FLEXION + "mesh: {density: co\u0430rse}\n",
        "(U+0430 CYRILLIC SMALL LETTER A)",
    ),
    "no-break space for indentation": (HEAD + "mesh:\n\u00a0 density: test\n", "odd.yaml:"),
    "unit after the number": (
        BENT % "7.5 Nm",
        "did you mean 7.5, if that is in the unit of the key (a number stands without Nm)?",
    ),
    "percent": (PRESS % "'50%'", "did you mean 50, if that is in the unit of the key (a number stands without %)?"),
    "quoted number": (BENT % "'7.5'", "did you mean 7.5 without quotes?"),
    "yes": (
        FLEXION + "structures: {facet_contact: yes}\n",
        "expected true or false, got text 'yes'\n    did you mean true",
    ),
    "off": (FLEXION + "structures: {facet_contact: off}\n", "did you mean false?"),
    "no for a number": (PRESS % "no", "expected a number, got text 'no'"),
    "yes as a key": (FLEXION + "yes: 1\n", "yes: unknown key"),
    "number as a key": (FLEXION + "1: 1\n", "unknown key"),
    "nothing as a key": (FLEXION + "? \n: 1\n", "unknown key"),
    "list as a key": (FLEXION + "? [a]\n: 1\n", "a key must be a plain name"),
    "date for a number": (PRESS % "2026-11-27", "expected a number, got text '2026-11-27'"),
    "not a number": (PRESS % ".nan", "nan is not a finite number"),
    "infinite": (PRESS % ".inf", "inf is not a finite number"),
    "nan of Python": (PRESS % "nan", "expected a number, got text 'nan'"),
    "infinite by its exponent": (PRESS % "1e999", "inf is not a finite number"),
    "key twice in braces": (HEAD + "load_cases: {flexion: {moment_Nm: 1, moment_Nm: 2}}\n", "given twice"),
    "key twice, once in quotes": (FLEXION + "mesh: {density: test}\n'mesh': {}\n", "mesh: given twice"),
    "merging with a number": (FLEXION + "mesh: {<<: 3}\n", "odd.yaml:3"),
    "two documents": (FLEXION + "---\n" + FLEXION, "expected a single document"),
    "tag of Python": (FLEXION + "name: !!python/name:os.system x\n", "is not accepted"),
    "set": (FLEXION + "mesh: !!set {a}\n", "is not accepted"),
    "zero byte": (b"schema_version: 1\nname: a\x00b\n", "not a text file (a zero byte in line 2)"),
    "UTF-16": (FLEXION.encode("utf-16"), "the file is in UTF-16; save it as UTF-8"),
    "UTF-16, the other way": (b"\xfe\xff" + FLEXION.encode("utf-16-be"), "the file is in UTF-16"),
    "UTF-16 without a mark": (FLEXION.encode("utf-16-le"), "not a text file (a zero byte in line 1)"),
    "UTF-32": (FLEXION.encode("utf-32"), "save it as UTF-8"),
    "Latin-1": (FLEXION.encode() + "description: Höhe\n".encode("latin-1"), "line 3, byte 0xf6, 'ö' in Windows-1252"),
    "a mesh": (b"\x1f\x8b\x08\x00" + bytes(range(256)), "not a text file"),
    "bell": (FLEXION + "name: a\x07b\n", "odd.yaml:3: the character U+0007 is not accepted in YAML"),
    "next line": (HEAD + "description: a\u0085name: b\n", "odd.yaml:2: the character U+0085 ends a line in YAML 1.1"),
    "line separator": (FLEXION + "description: a\u2028b\n", "U+2028 LINE SEPARATOR ends a line in YAML 1.1"),
    "tab": (HEAD + "load_cases:\n\tflexion: {}\n", "tabs are not allowed"),
    "nothing but a comment": ("# nothing\n", "the file is empty"),
    "nothing but a mark": (b"\xef\xbb\xbf", "the file is empty"),
    "text alone": ("hello\n", "expected a map of keys at the top, got text 'hello'"),
    "JSON that is cut off": ('{"schema_version": 1, "load_cases": {', "YAML syntax error"),
    "endless key": (FLEXION + "? " + "k" * 5000 + "\n: 1\n", "unknown key"),
    "endless text": (FLEXION + "mesh: {density: " + "t" * 5000 + "}\n", "mesh.density: got text 'ttt"),
    "line break in a key": (FLEXION + '"a\\nb": 1\n', "a\\nb: unknown key"),
    "reserved name": (FLEXION + "name: CON\n", "'CON' is a reserved name"),
    "reserved name with an ending": (FLEXION + "name: nul.txt\n", "'nul.txt' is a reserved name"),
    "reserved name of a case": (
        HEAD + "load_cases: {Com1: {follower_N: 3}}\n",
        "load_cases.Com1: 'Com1' is a reserved",
    ),
    "name with a point at its end": (FLEXION + "name: run.\n", "ends with a point, which Windows removes"),
    "name of a case that is too long": (
        HEAD + f"load_cases: {{{'c' * 300}: {{follower_N: 3}}}}\n",
        "has 300 characters",
    ),
    "cases that differ in case": (
        HEAD + "load_cases: {Press: {follower_N: 1}, press: {follower_N: 2}}\n",
        "load_cases.press: Press, press differ only in case",
    ),
    "number for a name": (FLEXION + "name: 12\n", "name: expected text, got the number 12"),
    "truth for a number": (PRESS % "true", "expected a number, got true"),
    "list for a number": (PRESS % "[1]", "expected a number, got a list of 1"),
    "fraction": (PRESS % "1/2", "expected a number, got text '1/2'"),
    "another unit": (PRESS % "0.5 kN", "did you mean 0.5, if that is in the unit of the key"),
    "two decimal commas in braces": (
        HEAD + "load_cases: {flexion: {moment_Nm: 7,5, follower_N: 1,5}}\n",
        "load_cases.flexion.follower_N: got 1,5; a comma ends the value",
    ),
    "negative decimal comma in braces": (
        HEAD + "load_cases: {a: {axial_displacement_mm: -1,5}}\n",
        "did you mean -1.5?",
    ),
    "decimal commas in a list": (
        HEAD + "load_cases: {a: {moment_vector_Nm: [0,5, 2,5, 1,0]}}\n",
        "needs 3 values, got a list of 6 (a comma ends a value: decimals follow a point)",
    ),
    "superscript": (PRESS % "5\u00b2", "expected a number, got text '5²'"),
    "fraction in one character": (PRESS % "\u00bd", "got text '½' (U+00BD VULGAR FRACTION ONE HALF)"),
    "digits of another script": (PRESS % "\u0665\u0660", "U+0665 ARABIC-INDIC DIGIT FIVE"),
    "writing direction": (FLEXION + "name: \u202eabc\n", "got text '\\u202eabc' (U+202E RIGHT-TO-LEFT OVERRIDE)"),
    "mark in the middle": (FLEXION + "\ufeffmesh: {}\n", "the key holds U+FEFF"),
    "no-break space in a key": (FLEXION + "mesh\u00a0: {}\n", "the key holds U+00A0 NO-BREAK SPACE"),
    "soft hyphen in a key": (FLEXION + "me\u00adsh: {}\n", "the key holds U+00AD SOFT HYPHEN"),
    "smart quotes": (FLEXION + "mesh: {density: \u201ccoarse\u201d}\n", "did you mean coarse?"),
    "roman numeral in one character": (FLEXION + "mal: {L5: {left: {state: type_\u2162}}}\n", "ROMAN NUMERAL THREE"),
    "truth for a version": (
        "schema_version: true\nload_cases: {a: {follower_N: 3}}\n",
        "schema_version: got true\n    allowed: 1",
    ),
    "name of a file that is too long": ("extends: " + "x" * 5000 + "\n", "extends: no such file: xxx"),
    "zero byte in the name of a file": ('extends: "a\\0b"\n', "extends: no such file: a\\x00b"),
    "surface file with a name that is too long": (
        FLEXION + f"anatomy: {{source: surfaces, surfaces: {{segmentation: {'x' * 300}.nii, labels: verse}}}}\n",
        "anatomy.surfaces.segmentation: no such file: xxx",
    ),
    "another version of labels": (
        FLEXION + "anatomy: {source: surfaces, surfaces: {segmentation: x.nii, labels: totalsegmentator_v3}}\n",
        "allowed: totalsegmentator, totalsegmentator_v1, totalsegmentator_v2, verse, spider",
    ),
    "load case named as a path": (
        HEAD + "load_cases: {a/b: {follower_N: 3}}\n",
        "not usable as the name of a load case",
    ),
    "load cases in a list": (HEAD + "load_cases: [flexion]\n", "load_cases: expected a map of keys, got a list of 1"),
    "exponent of Fortran": (PRESS % "1d3", "expected a number, got text '1d3'"),
}


@pytest.mark.parametrize(("given", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(tmp_path, given, expected):
    shown = refusal(tmp_path, given)
    assert expected in shown, shown


ACCEPTED = {
    "point first": (PRESS % ".5", 0.5),
    "point last": (PRESS % "5.", 5.0),
    "exponent without a point": (PRESS % "1e3", 1000.0),
    "capital exponent": (PRESS % "1.5E2", 150.0),
    "plus": (PRESS % "+3", 3.0),
    "nought": (PRESS % "0.50", 0.5),
    "byte order mark": (b"\xef\xbb\xbf" + (PRESS % "3").encode(), 3.0),
    "lines of Windows": ((PRESS % "3").replace("\n", "\r\n"), 3.0),
    "lines of an old Mac": ((PRESS % "3").replace("\n", "\r"), 3.0),
    "alias": (HEAD + "name: &n press\nload_cases:\n  press: {follower_N: &f 3}\n  push: {follower_N: *f}\n", 3.0),
    "merged map": (HEAD + "load_cases:\n  press: &p {follower_N: 3}\n  push: {<<: *p, muscle_activation: 0}\n", 3.0),
    "JSON": ('{"schema_version": 1, "load_cases": {"press": {"follower_N": 3}}}', 3.0),
    "one document with its marks": ("---\n" + PRESS % "3" + "...\n", 3.0),
    "directive": ("%YAML 1.1\n---\n" + PRESS % "3", 3.0),
    "tagged number": (PRESS % "!!float '3'", 3.0),
}


@pytest.mark.parametrize(("given", "follower"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(tmp_path, given, follower):
    path = tmp_path / "odd.yaml"
    path.write_bytes(given if isinstance(given, bytes) else given.encode())
    assert load_scenario(path).load_cases["press"].follower_N == follower


@pytest.mark.parametrize("text", ["5\u00b2", "half", "1e", "1.2.3", "0xg", "", "-", "1/2"])
def test_no_number_is_guessed_where_none_is_meant(text):
    assert number_meant(text) is None


def test_aliases_take_no_memory(tmp_path):
    tracemalloc.start()
    refusal(tmp_path, HEAD + LAUGHS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_a_large_file_is_not_read(tmp_path):
    with (tmp_path / "odd.yaml").open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(ScenarioError, match="the file has 5000 MB; a scenario is text of a few kB"):
        load_scenario(tmp_path / "odd.yaml")


@pytest.mark.parametrize("option", ["load_cases.press.follower_N=0500", "load_cases.press.follower_N=7,5"])
def test_options_are_read_the_same_way(tmp_path, option):
    path = tmp_path / "odd.yaml"
    path.write_text(PRESS % "3")
    with pytest.raises(ScenarioError, match=re.escape(f"--set {option}: load_cases.press.follower_N: ")):
        load_scenario(path, [option])
