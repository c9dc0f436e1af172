"""Tests of tools/import_images/changes.py: what a new version of a dataset changes."""

import pytest

from tools.import_images.changes import compare
from tools.import_images.listing import Listed


def version(*pictures: str) -> list[Listed]:
    """Return a version: each picture as CLASS/FILE=DIGEST, with a + when it is for testing."""
    listed = []
    for each in pictures:
        name, _, digest = each.partition("=")
        split = "test" if digest.endswith("+") else "train"
        listed.append(Listed(name, name.split("/")[0], split, 0, digest.rstrip("+"), ""))
    return listed


BEFORE = ("crow/1=a", "crow/2=b+", "tit/1=c", "tit/2=d+")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, {}),
        ((*BEFORE, "tit/3=e"), {"added": ["tit/3"]}),
        (BEFORE[1:], {"removed": ["crow/1"]}),
        (("crow/one=a", *BEFORE[1:]), {"renamed": ["crow/1 crow/one"]}),
        (("tit/9=a", *BEFORE[1:]), {"relabelled": ["crow/1 tit/9"]}),
        (("crow/1=z", *BEFORE[1:]), {"altered": ["crow/1 crow/1"]}),
        (("crow/1=a+", *BEFORE[1:]), {"moved": ["crow/1 crow/1"]}),
        (("raven/1=a", "raven/2=b+", *BEFORE[2:]), {"classes": {"crow": "raven"}}),
        (
            ("raven/one=a", *BEFORE[2:]),
            {
                "classes": {"crow": "raven"},
                "renamed": ["raven/1 raven/one"],
                "removed": ["raven/2"],
            },
        ),
        (("tit/3=a", "tit/4=b+", *BEFORE[2:]), {"relabelled": ["crow/1 tit/3", "crow/2 tit/4"]}),
        (BEFORE[2:], {"removed": ["crow/1", "crow/2"]}),
        ((*BEFORE, "crow/3=a"), {"added": ["crow/3"]}),
    ],
)
def test_each_change_is_told_once(after: tuple[str, ...], expected: dict[str, object]) -> None:
    """A picture is found again by what it shows, or else by its name."""
    changes = vars(compare(version(*BEFORE), version(*after)))
    found = {"classes": changes.pop("classes")}
    for what, pictures in changes.items():
        pairs = [each if isinstance(each, tuple) else (each,) for each in pictures]
        found[what] = [" ".join(each.picture for each in pair) for pair in pairs]
    assert {what: value for what, value in found.items() if value} == expected
