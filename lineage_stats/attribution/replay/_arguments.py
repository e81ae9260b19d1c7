"""Arguments of a command line that differ between two runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Words = tuple[str, ...]


def with_option(words: Sequence[str], name: str, value: str | None) -> Words:
    """Return a command in which an option has a value; None leaves the option out.

    Parameters
    ----------
    words : sequence of str
        The command.
    name : str
        The option, as ``--epochs``.
    value : str or None
        Its value; ``""`` for an option without one.

    Returns
    -------
    tuple of str
        The command; an option that it did not have comes last.

    Examples
    --------
    >>> with_option(["train.py", "--epochs", "3", "--fast"], "--epochs", "9")
    ('train.py', '--epochs', '9', '--fast')
    >>> with_option(["train.py", "--epochs=3"], "--epochs", None)
    ('train.py',)
    """
    found: list[str] = []
    is_there = False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, equals, _ = word.partition("=")
        if option != name or is_there:
            found.append(word)
            continue
        is_there = True
        if not equals and rest and not _is_option(rest[0]) and value != "":
            rest.pop(0)
        if value is not None:
            found += [f"{name}={value}"] if equals else [name, value] if value else [name]
    if not is_there and value is not None:
        found += [name, value] if value else [name]
    return tuple(found)


def changed_options(healthy: Sequence[str], faulty: Sequence[str]) -> dict[str, str | None] | None:
    """Return the options that differ, each with its healthy value, None for one that was not there.

    Parameters
    ----------
    healthy, faulty : sequence of str
        The arguments of two runs.

    Returns
    -------
    dict of str to str or None
        None, and no dictionary, where something else than options differs.

    Examples
    --------
    >>> changed_options(["--epochs", "9"], ["--epochs", "3", "--fast"])
    {'--epochs': '9', '--fast': None}
    """
    old, old_words = _options(healthy)
    new, new_words = _options(faulty)
    if old_words != new_words:
        return None
    names = dict.fromkeys([*old, *new])
    return {name: old.get(name) for name in names if old.get(name) != new.get(name)}


def _options(words: Sequence[str]) -> tuple[Mapping[str, str], list[str]]:
    """Return options with their values, and the words that are none."""
    options: dict[str, str] = {}
    plain = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not _is_option(word):
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and rest and not _is_option(rest[0]):
            value = rest.pop(0)
        options[name] = value
    return options, plain


def _is_option(word: str) -> bool:
    return word.startswith("-") and not word.lstrip("-").replace(".", "", 1).isdecimal()
