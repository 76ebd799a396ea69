"""Merge of a file over the one it extends: maps merge, lists replace, a load case given again replaces the inherited.

Load cases are not merged, as a load case is defined by all loads that act together: otherwise a case with the weight of
the upper body would keep the follower load of the case it was meant to replace. Only a case with ``extends: NAME``
starts from the values of another one, in the same file or inherited (its own name always means the inherited one).
``null`` removes an inherited case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fem_lumbar.scenario.document import Document
from fem_lumbar.scenario.problems import KeyPath, Origin, Problem, listed, nearest_names

CASES = "load_cases"
EXTENDS = "extends"

_LONGEST_CHAIN = 20


def laid_over(below: Document, above: Document) -> Document:
    """One document merged over another.

    References to inherited load cases that are not there (yet) are kept: the result may itself be merged over another
    file. `unresolved_cases` reports those that remain in the end.
    """
    lower, upper = below.data.get(CASES, {}), above.data.get(CASES)
    if not (isinstance(lower, dict) and isinstance(upper, dict)):
        return below.merge(above)
    inherited = {name: below.part((CASES, name)) for name in lower}
    given = {name: above.part((CASES, name)) for name in upper}
    cases = dict(inherited)
    for name, case in given.items():
        if case.data is None and name in cases:
            del cases[name]
        else:
            cases[name] = _whole(name, given, inherited)
    return below.without(CASES).merge(above.without(CASES)).merge(_joined(above, cases))


def unresolved_cases(document: Document) -> Iterator[Problem]:
    """Load cases that extend or remove one that is not there."""
    cases = document.data.get(CASES)
    if not isinstance(cases, dict):
        return
    whole = [name for name, case in cases.items() if isinstance(case, dict) and EXTENDS not in case]
    for name, case in cases.items():
        key: KeyPath = (CASES, name)
        if case is None:
            message = "null removes an inherited load case, but none of this name is inherited"
            yield Problem(document.origin(key), key, message, listed(whole) or None, nearest_names(name, whole))
        elif isinstance(case, dict) and EXTENDS in case:
            yield _unresolved(document, name, case[EXTENDS], cases, whole)


def _unresolved(document: Document, name: str, base: Any, cases: dict[str, Any], whole: list[str]) -> Problem:
    """Problem: why the load case that a case extends was not found."""
    key: KeyPath = (CASES, name, EXTENDS)
    origin = document.origin(key)
    if not isinstance(base, str):
        return Problem(origin, key, "not the name of a load case", listed(whole) or None)
    near = nearest_names(base, [one for one in whole if one != name])
    if origin.option is not None and base == name:
        message = f"no load case '{name}'"
        return Problem(
            origin, (CASES, name), message, f"{listed(whole)}; or a complete new one: {CASES}.{name}={{...}}", near
        )
    if base in cases and base != name:
        return Problem(
            origin, key, f"the chain from '{name}' via '{base}' reaches no complete load case", listed(whole)
        )
    message = f"no load case '{base}' is inherited" if base == name else f"no load case '{base}'"
    return Problem(origin, key, message, listed(whole) or None, near)


def _whole(
    name: str, given: dict[str, Document], inherited: dict[str, Document], leading: tuple[str, ...] = ()
) -> Document:
    """A case of the upper document completed with the one it extends; unchanged if that is not there."""
    own = given[name]
    base_name = own.data.get(EXTENDS) if isinstance(own.data, dict) else None
    if not isinstance(base_name, str) or len(leading) > _LONGEST_CHAIN:
        return own
    chain = (*leading, name)
    beside = base_name in given and base_name not in chain and given[base_name].data is not None
    base = _whole(base_name, given, inherited, chain) if beside else inherited.get(base_name)
    if base is None or not isinstance(base.data, dict) or EXTENDS in base.data:
        return own
    merged = base.merge(own.without(EXTENDS))
    return Document({key: value for key, value in merged.data.items() if value is not None}, merged.origins)


def _joined(above: Document, cases: dict[str, Document]) -> Document:
    """A document with only these load cases."""
    origins: dict[KeyPath, Origin] = {(CASES,): above.origin((CASES,))}
    for name, case in cases.items():
        origins.update({(CASES, name, *key): origin for key, origin in case.origins.items()})
    return Document({CASES: {name: case.data for name, case in cases.items()}}, origins)
