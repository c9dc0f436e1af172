"""Tests of stages/common/strict_yaml.py; the oracle for plain words is DVC's own reader."""

import tempfile
from pathlib import Path

import pytest
from dvc.utils.serialize import YAMLFileCorruptedError, load_yaml, parse_yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stages.common.errors import ParamError
from stages.common.strict_yaml import read_yaml

WORDS = """
    010 -010 08 00 0 -0 0. 1. +1 .5 +.5 ._1 1_000 0x 0x10 0o10 0b11 1:30 190:20:30.15 685.230_15
    1e 1e5 e5 1.5e 1e-05 1.e3 .5e1 12e03 -2E+05 1e999 5e-324 .inf -.Inf . + =
    yes no on off y ~ null true TRUE 2024-01-01
"""


def read(tmp_path: Path, text: str | bytes) -> object:
    """Return what a file with this text holds."""
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path, ParamError)


def assert_never_another_number(word: str, folder: Path) -> None:
    """Fail if `word` is read as a value that is neither DVC's nor the string itself."""
    path = folder / "word.yaml"
    path.write_text(f"key: {word}\n", encoding="utf-8")
    ours = read_yaml(path, ParamError)["key"]
    if not isinstance(ours, str):
        dvcs = load_yaml(str(path))["key"]
        assert isinstance(dvcs, str) or (type(ours), ours) == (type(dvcs), dvcs)
    else:
        assert ours == word


@pytest.mark.parametrize("word", WORDS.split())
def test_a_plain_word_is_never_another_value_than_dvc_reads(word: str, tmp_path: Path) -> None:
    """Words over which YAML 1.1 and 1.2 part are read as DVC reads them, or as strings."""
    assert_never_another_number(word, tmp_path)


def test_no_plain_number_is_another_value_than_dvc_reads(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Nothing made of a number's characters is another number here than to DVC."""
    folder = tmp_path_factory.mktemp("words")

    @settings(deadline=None, max_examples=300)
    @example("1e-05")
    @given(
        st.from_regex(r"[-+]?[0-9._eE+x:o-]{1,8}", fullmatch=True).filter(
            lambda word: word.strip("-") and word[-1] != ":"
        )
    )
    def check(word: str) -> None:
        if not word.startswith(("- ", "---", "...")):
            assert_never_another_number(word, folder)

    check()


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_that_python_writes_is_read_back(number: float) -> None:
    """The text that `-S lr=...` puts into params.yaml gives the same float."""
    with tempfile.TemporaryDirectory() as folder:
        assert read(Path(folder), f"lr: {number!r}") == {"lr": number}


@pytest.mark.parametrize("place", range(8))
def test_tabs_are_where_dvc_takes_them(place: int, tmp_path: Path) -> None:
    """A tab before, after or in anything is refused where DVC refuses it, else read alike."""
    parts = ["", "lr", ":", " ", "0.1", " ", "# note", "\nseed: 1", ""]
    text = "\t".join(("".join(parts[: place + 1]), "".join(parts[place + 1 :])))
    try:
        wanted: object = parse_yaml(text, "file.yaml")
    except YAMLFileCorruptedError:
        wanted = ParamError
    try:
        found = read(tmp_path, text)
    except ParamError:
        found = ParamError
    assert found == wanted
    assert (wanted == {"lr": 0.1, "seed": 1}) == (place > 0)


def test_a_quoted_number_stays_a_string(tmp_path: Path) -> None:
    """Quotes keep '1e-05' a string, which the params then refuse."""
    assert read(tmp_path, "lr: '1e-05'") == {"lr": "1e-05"}
    assert read(tmp_path, "lr: 1e-05") == {"lr": 1e-05}


def test_nulls_merges_and_nesting_are_read(tmp_path: Path) -> None:
    """Empty values are null, and a merge key takes over another mapping's keys."""
    text = "a: &a {x: 1, y: ~}\nb:\n  <<: *a\n  z: [true, no]\nc:\n"
    assert read(tmp_path, text) == {
        "a": {"x": 1, "y": None},
        "b": {"x": 1, "y": None, "z": [True, "no"]},
        "c": None,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: not valid YAML: the key 'a' is there twice"),
        ("a: {b: 1, b: 2}\n", "the key 'b' is there twice"),
        ("a: [1\n", "not valid YAML: while parsing a flow sequence"),
        ("a: 'x\n", "unexpected end of stream"),
        ("a: b: c\n", "mapping values are not allowed in this context"),
        ("\ta: 1\n", "(a tab? indent with spaces)"),
        ("a: *b\n", "undefined alias 'b'"),
        ("--- 1\n--- 2\n", "expected a single document"),
        ("%YAML 3.0\n---\na: 1\n", "incompatible YAML document"),
        ("? [a]\n: 1\n", "unhashable key"),
        ("!!map [a]\n", "expected a mapping node"),
        ("!!map a\n", "expected a mapping node"),
        ("a: !!bool maybe\n", "not of the type that its tag"),
        ("a: !!float ''\n", "not of the type that its tag"),
        ("a: !!timestamp x\n", "not of the type that its tag"),
        ("a: !!int abc\n", "invalid literal for int"),
        ("a: !!python/object/apply:os.system [id]\n", "could not determine a constructor"),
        ("a: " + "1" * 5000, "Exceeds the limit"),
        ("- " * 5000, "not valid YAML"),
        (b"a: \xff\n", "not valid YAML"),
        (b"a: \x00\n", "not valid YAML"),
        (b"\x1f\x8b\x08\x00\x00", "not valid YAML"),
    ],
)
def test_invalid_yaml_is_refused_in_one_line(
    text: str | bytes, reason: str, tmp_path: Path
) -> None:
    """A file that is not YAML, or has a key twice, gives one line: the file and the reason."""
    with pytest.raises(ParamError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert reason in message
    assert message.startswith(f"{tmp_path / 'file.yaml'}: ")
    assert "\n" not in message
    assert len(message) < 400 + len(str(tmp_path))


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text("ab:-[]{}!&*?|>'\"%@`,#~ \n\t01.e", max_size=40).map(str.encode),
    )
)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever a file holds, it is read or refused with the given error."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            read(Path(folder), content)
        except ParamError as error:
            refusal = str(error)
            assert "\n" not in refusal


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A missing file is reported with its name and what to do."""
    with pytest.raises(
        ParamError,
        match=r"none\.yaml: there is no such file; run from the repository's root, or `git restore",
    ):
        read_yaml(tmp_path / "none.yaml", ParamError)
