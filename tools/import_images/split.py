"""Which images are for testing: as the folders say, or decided for each image alone.

The digest of an image and the seed give a number from 0 to 1; below the share, the image is for
testing. So a dataset that grows keeps its split. Near-duplicates are decided as one, and images
of the last version stay where they were.

N images, K classes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from stages.common.dataset import image_digests
from stages.common.errors import DataError
from tools.import_images.dataset import Settings, Version
from tools.import_images.duplicates import near_groups, thumbnails
from tools.import_images.layout import part_of
from tools.import_images.listing import Listed, name_of
from tools.import_images.pictures import Pictures


@dataclass(frozen=True)
class Split:
    """Where the images of pictures belong."""

    in_test: np.ndarray  # [N] bool
    digests: list[str]  # [N]
    groups: np.ndarray  # [N], the row of the first near-duplicate; its own where there is none
    given: bool  # by the folders


def split_images(pictures: Pictures, settings: Settings, last: Version | None) -> Split:
    """Return the split of pictures.

    Raises:
        DataError: a class cannot have one image for training and another one for testing.
    """
    digests, small = image_digests(pictures.images), thumbnails(pictures.images)
    parts = [part_of(name).replace("val", settings.validation) for name in pictures.splits]
    if "test" in parts:
        in_test = np.array([part == "test" for part in parts])
        groups = near_groups(small)
    else:
        known, old = _known(last, settings, small)
        groups = near_groups(np.concatenate([small, old]))
        groups, old_groups = np.split(groups, [len(small)])
        in_test = draw_test(digests, groups, settings, known, old_groups)
        _give_each_class_both(in_test, pictures.labels, digests, groups, settings.seed)
    split = Split(in_test, digests, groups, "test" in parts)
    _check_classes(pictures, split)
    return split


def _check_classes(pictures: Pictures, split: Split) -> None:
    """Raise DataError when a class has no image for training, or none for testing."""
    for label, name in enumerate(pictures.classes):
        counts = np.bincount(split.in_test[pictures.labels == label], minlength=2)
        if not counts.all():
            wanted = "testing" if counts[0] else "training"
            needed = "a class needs two that differ, and are in no other class"
            why = "none of them can be read" if split.given else needed
            raise DataError(f"{name}: no picture for {wanted}: {why}")


def list_pictures(pictures: Pictures, split: Split) -> list[Listed]:
    """Return the pictures as pictures.csv has them, those for training first."""
    listed = []
    for side, members in (("train", ~split.in_test), ("test", split.in_test)):
        for row, number in enumerate(np.flatnonzero(members)):
            first = split.groups[number]
            listed.append(
                Listed(
                    picture=name_of(pictures.files[number]),
                    label=pictures.classes[pictures.labels[number]],
                    split=side,
                    row=row,
                    digest=split.digests[number],
                    near="" if first == number else name_of(pictures.files[first]),
                )
            )
    return listed


def _known(
    last: Version | None, settings: Settings, small: np.ndarray
) -> tuple[Sequence[Listed], np.ndarray]:
    """Return the images that stay where they were, and their thumbnails: none if drawn anew."""
    if last and (last.settings.seed, last.settings.test_share) == (
        settings.seed,
        settings.test_share,
    ):
        old = thumbnails(last.images)
        if old.shape[1] == small.shape[1]:
            return last.listed, old
    return [], small[:0]


def draw_test(
    digests: Sequence[str],
    groups: np.ndarray,
    settings: Settings,
    known: Sequence[Listed],
    known_groups: np.ndarray,
) -> np.ndarray:
    """Return whether each image is for testing, [N] bool.

    Args:
        digests: [N] of the images.
        groups: [N] of near-duplicates.
        settings: with the share and the seed.
        known: [M] images that stay where they were, and take their near-duplicates with them.
        known_groups: [M], as `groups`.
    """
    decided = {each.digest: each.split == "test" for each in known}
    of_group = {
        group: each.split == "test" for group, each in zip(known_groups, known, strict=True)
    }
    leaders: dict[int, str] = {}
    for digest, group in zip(digests, groups, strict=True):
        leaders[group] = min(digest, leaders.get(group, digest))
    for group, leader in leaders.items():
        of_group.setdefault(group, draw(leader, settings.seed) < settings.test_share)
    pairs = zip(digests, groups, strict=True)
    return np.array([decided.get(digest, of_group[group]) for digest, group in pairs])


def draw(digest: str, seed: int) -> float:
    """Return the number from 0 to 1 that belongs to an image's digest."""
    drawn = blake2b(digest.encode(), digest_size=8, salt=seed.to_bytes(8, "big")).digest()
    return int.from_bytes(drawn, "big") / 2**64


def _give_each_class_both(
    in_test: np.ndarray,
    labels: np.ndarray,
    digests: Sequence[str],
    groups: np.ndarray,
    seed: int,
) -> None:
    """Move images in `in_test` [N] so that each class has some on both sides, where it can be.

    The image whose number is nearest to the share moves, and its near-duplicates with it; where
    that takes a class's last one, only those that are equal.
    """
    draws = np.array([draw(digest, seed) for digest in digests])
    _, equal = np.unique(digests, return_inverse=True)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        for side in (True, False):
            if (in_test[rows] == side).any():
                continue
            nearest = rows[np.argsort(draws[rows] if side else -draws[rows], kind="stable")]
            for unit in _units(nearest, groups, equal):
                if _spares(unit, labels, in_test != side):
                    in_test[unit] = side
                    break


def _units(rows: np.ndarray, *keys: np.ndarray) -> Iterator[np.ndarray]:
    """Yield what can move with each of `rows`, as [N] bool: by the first key, then by the next."""
    for key in keys:
        yield from (key == key[row] for row in rows)


def _spares(unit: np.ndarray, labels: np.ndarray, there: np.ndarray) -> bool:
    """Return whether each class keeps an image where a unit [N] bool leaves."""
    return all((there & ~unit & (labels == label)).any() for label in np.unique(labels[unit]))
