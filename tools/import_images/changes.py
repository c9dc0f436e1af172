"""What a new version of a dataset changes, picture by picture."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from tools.import_images.listing import Listed

Pairs = list[tuple[Listed, Listed]]  # the same picture before and after


@dataclass(frozen=True)
class Changes:
    """The pictures of two versions, matched by what they show and then by their names."""

    added: list[Listed]
    removed: list[Listed]
    renamed: Pairs
    relabelled: Pairs
    altered: Pairs  # the same name, another image
    moved: Pairs  # from training to testing, or back
    classes: dict[str, str]  # the new names of classes, by the old ones


def compare(before: Sequence[Listed], after: Sequence[Listed]) -> Changes:
    """Return what changed from one version to the next.

    A class that has another name is one change, and not one of each of its pictures.
    """
    classes = _renamed_classes(before, after)
    old = [_in_class(each, classes.get(each.label, each.label)) for each in before]
    matched: list[Pairs] = []
    new = list(after)
    keys: tuple[Callable[[Listed], Hashable], ...] = (
        lambda each: (each.digest, each.picture),
        lambda each: (each.digest, each.label),
        lambda each: each.digest,
        lambda each: each.picture,
    )
    for key in keys:
        pairs, old, new = _match(old, new, key)
        matched.append(pairs)
    _, renamed, relabelled, altered = matched
    moved = [(one, two) for pairs in matched for one, two in pairs if one.split != two.split]
    return Changes(new, old, renamed, relabelled, altered, moved, classes)


def _renamed_classes(before: Sequence[Listed], after: Sequence[Listed]) -> dict[str, str]:
    """Return the new names of classes whose remaining pictures are all in one new class."""
    names, new_names = ({each.label for each in version} for version in (before, after))
    now = defaultdict(set)
    for each in after:
        now[each.digest].add(each.label)
    places: dict[str, set[str]] = defaultdict(set)
    for each in before:
        places[each.label] |= now[each.digest]
    return {
        name: next(iter(places[name]))
        for name in sorted(names - new_names)
        if len(places[name]) == 1 and not places[name] & names
    }


def _in_class(each: Listed, label: str) -> Listed:
    parts = (label if part == each.label else part for part in PurePath(each.picture).parts)
    return replace(each, label=label, picture=str(PurePath(*parts)))


def _match(
    before: Sequence[Listed], after: Sequence[Listed], key: Callable[[Listed], Hashable]
) -> tuple[Pairs, list[Listed], list[Listed]]:
    """Return the pairs with the same key, and what has none, before and after."""
    waiting = defaultdict(list)
    for each in before:
        waiting[key(each)].append(each)
    pairs, rest = [], []
    for each in after:
        if waiting[key(each)]:
            pairs.append((waiting[key(each)].pop(0), each))
        else:
            rest.append(each)
    return pairs, [each for left in waiting.values() for each in left], rest
