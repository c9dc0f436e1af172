"""Tests of stages/common/params.py: what is allowed, and how the rest is refused."""

import re
from pathlib import Path

import pytest

from stages.common.errors import ParamError
from stages.common.params import Params, load_params
from tests.support.project import params_text

SOUND = params_text()
END = SOUND.count("\n") + 1  # the number of a line put after the last
BILLION = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)


def load(folder: Path, text: str | bytes) -> Params:
    """Return the params in a file with this text."""
    path = folder / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_params(path)


def with_value(key: str, value: str) -> str:
    """Return the sound params.yaml with another value of one key."""
    text, count = re.subn(rf"(?m)^{key}:.*$", lambda _: f"{key}: {value}", SOUND)
    assert count == 1
    return text


def refusal(folder: Path, text: str | bytes) -> str:
    """Return the message that refuses this text, without the folder's name."""
    with pytest.raises(ParamError) as caught:
        load(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("lr", "1e-05", 1e-5),  # what `dvc exp run -S lr=1e-5` writes
        ("lr", "1", 1.0),
        ("lr", "0.30000000000000004", 0.30000000000000004),  # what range(...) in -S gives
        ("lr", "100", 100.0),
        ("lr", "5e-324", 5e-324),
        ("seed", "0", 0),
        ("seed", "2147483647", 2**31 - 1),
        ("seed", "010", 10),  # as DVC reads it
        ("val_fraction", "0", 0.0),
        ("val_fraction", "0.9", 0.9),
        ("batch_size", "1", 1),
        ("batch_size", "1000000", 1_000_000),
        ("epochs", "1", 1),
        ("epochs", "100000", 100_000),
        ("momentum", "0", 0.0),
        ("momentum", "0.999", 0.999),
        ("weight_decay", "0", 0.0),
        ("weight_decay", "10", 10.0),
        ("weight_decay", "5E-4", 5e-4),
        ("patience", "0", 0),
        ("patience", "100000", 100_000),
        ("dataset", '"fashion-mnist"', "fashion-mnist"),
        ("device", "gpu", "gpu"),
    ],
)
def test_allowed_values_are_taken_as_written(
    key: str, value: str, read: object, tmp_path: Path
) -> None:
    """The ends of each range, and numbers in any way that DVC writes them, are allowed."""
    assert getattr(load(tmp_path, with_value(key, value)), key) == read


WHOLE = "it must be a whole number from "
WRONG_VALUES = [  # key, value in YAML, how the message shows it, what it says is allowed
    ("dataset", "", "an empty value", "the name of a dataset"),
    ("dataset", "''", "''", "the name of a dataset"),
    ("dataset", "3", "3", "the name of a dataset"),
    ("dataset", "[fashion-mnist]", "['fashion-mnist']", "the name of a dataset"),
    ("seed", "-1", "-1", WHOLE + "0 to 2147483647"),
    ("seed", "2147483648", "2147483648", WHOLE + "0 to 2147483647"),
    ("seed", "0.0", "0.0", WHOLE + "0"),
    ("seed", "true", "True", WHOLE + "0"),
    ("seed", "0x10", "'0x10'", WHOLE + "0"),
    ("seed", "1_000", "'1_000'", WHOLE + "0"),
    ("seed", "1:30", "'1:30'", WHOLE + "0"),
    ("seed", "2024-01-01", "'2024-01-01'", WHOLE + "0"),
    (
        "seed",
        "1" + "0" * 400,
        "1000000000000000000000000000...00000000000000000000000000000",
        WHOLE + "0",
    ),
    ("val_fraction", "-0.1", "-0.1", "a number from 0 to 0.9"),
    ("val_fraction", "1", "1", "a number from 0 to 0.9"),
    ("val_fraction", "10%", "'10%'", "a number from 0 to 0.9"),
    ("val_fraction", "0,1", "'0,1'", "a number from 0 to 0.9"),
    ("val_fraction", "false", "False", "a number from 0 to 0.9"),
    ("batch_size", "0", "0", WHOLE + "1 to 1000000"),
    ("batch_size", "-256", "-256", WHOLE + "1"),
    ("batch_size", "256.0", "256.0", WHOLE + "1"),
    ("batch_size", "1000001", "1000001", WHOLE + "1"),
    ("batch_size", "[64, 256]", "[64, 256]", WHOLE + "1"),
    ("epochs", "0", "0", WHOLE + "1 to 100000"),
    ("epochs", "1e9", "1000000000.0", WHOLE + "1"),
    ("epochs", "five", "'five'", WHOLE + "1"),
    ("epochs", "'5'", "'5'", WHOLE + "1"),
    ("epochs", "", "an empty value", WHOLE + "1"),
    ("epochs", "{max: 5}", "{'max': 5}", WHOLE + "1"),
    ("lr", "0", "0", "a number above 0 and at most 100"),
    ("lr", "-0.1", "-0.1", "a number above 0"),
    ("lr", "1e-400", "0.0", "a number above 0"),
    ("lr", "1e400", "inf", "a number above 0"),
    ("lr", ".inf", "inf", "a number above 0"),
    ("lr", "-.inf", "-inf", "a number above 0"),
    ("lr", ".nan", "nan", "a number above 0"),
    ("lr", "nan", "'nan'", "a number above 0"),
    ("lr", "'1e-05'", "'1e-05'", "a number above 0"),
    ("lr", "100.1", "100.1", "a number above 0"),
    ("lr", "true", "True", "a number above 0"),
    ("lr", "abc", "'abc'", "a number above 0"),
    ("lr", '"0.1\\n\\e[31m"', r"'0.1\n\x1b[31m'", "a number above 0"),
    ("lr", "&a [*a]", "[[[...]]]", "a number above 0"),
    (
        "lr",
        "1" + "0" * 400,
        "1000000000000000000000000000...00000000000000000000000000000",
        "a number above 0",
    ),
    ("momentum", "1", "1", "a number from 0 to below 1"),
    ("momentum", "-0.0001", "-0.0001", "a number from 0"),
    ("weight_decay", "-1e-9", "-1e-09", "a number from 0 to 10"),
    ("weight_decay", "10.5", "10.5", "a number from 0 to 10"),
    ("lr_schedule", "linear", "'linear'", "constant or cosine"),
    ("lr_schedule", "Cosine", "'Cosine'", "constant or cosine"),
    ("lr_schedule", "~", "an empty value", "constant or cosine"),
    ("patience", "-1", "-1", WHOLE + r"0 (off) to 100000"),
    ("patience", "false", "False", WHOLE + "0"),
    ("device", "cuda", "'cuda'", "auto, cpu or gpu"),
    ("device", "0", "0", "auto, cpu or gpu"),
    ("device", "gpu:0", "'gpu:0'", "auto, cpu or gpu"),
]


@pytest.mark.parametrize(("key", "value", "shown", "allowed"), WRONG_VALUES)
def test_a_wrong_value_is_named_with_what_is_allowed(
    key: str, value: str, shown: str, allowed: str, tmp_path: Path
) -> None:
    """One line names the key, the value and what is allowed."""
    message = refusal(tmp_path, with_value(key, value))
    assert message.startswith(
        f"params.yaml: {key}: {shown} is not allowed; "
        f"it must be {allowed.removeprefix('it must be ')}"
    )
    assert "\n" not in message


@pytest.mark.parametrize("key", Params.model_fields)
def test_a_missing_key_is_named(key: str, tmp_path: Path) -> None:
    """Each key must be there."""
    message = refusal(tmp_path, re.sub(rf"(?m)^{key}:.*\n", "", SOUND))
    assert (
        message == f"params.yaml: {key}: missing; it must be {Params.model_fields[key].description}"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("momentun: 0.9", "params.yaml: momentun: unknown param; did you mean momentum?"),
        ("LR: 0.1", "params.yaml: LR: unknown param; the params are dataset, seed,"),
        ("1: 2", "params.yaml: 1: unknown param; the params are"),
        ("~: 2", "params.yaml: None: unknown param; the params are"),
        ('"a\\nb\\e[2J": 2', r"params.yaml: 'a\nb\x1b[2J': unknown param; the params are"),
        ("q" * 400 + ": 2", f"params.yaml: '{'q' * 27}...{'q' * 28}': unknown param"),
        ("lr: 0.2", f"params.yaml: line {END}: not valid YAML: the key 'lr' is there twice"),
        (
            "lr 0.2",
            f"params.yaml: line {END + 1}: not valid YAML: "
            "while scanning a simple key could not find expected ':'",
        ),
        ("<<: {lr: 3, more: 1}", "params.yaml: more: unknown param"),
        (
            "...\n---\nlr: 1",
            f"params.yaml: line {END + 1}: not valid YAML: expected a single document",
        ),
    ],
)
def test_a_line_too_many_is_named(line: str, message: str, tmp_path: Path) -> None:
    """Unknown and repeated keys, and what is not YAML, are refused in one line."""
    found = refusal(tmp_path, f"{SOUND}{line}\n")
    assert found.startswith(message)
    assert "\n" not in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "params.yaml: it must hold `key: value` lines, and is empty; `git restore"),
        ("# nothing but a comment\n", "and is empty"),
        ("- lr: 0.1\n", "and is a list"),
        ("0.1\n", "and is a float"),
        ("lr=0.1\n", "and is a str"),
        (
            "<<<<<<< HEAD\nlr: 0.1\n=======\nlr: 0.2\n>>>>>>> other\n",
            "params.yaml: line 2: not valid YAML",
        ),
        (b"\xff\xfe\x00", "not valid YAML"),
        (b"\x89PNG\r\n\x1a\n", "not valid YAML"),
    ],
)
def test_what_holds_no_params_is_refused(text: str | bytes, message: str, tmp_path: Path) -> None:
    """A file that is empty, a list, a word, a merge conflict or no text is refused in one line."""
    found = refusal(tmp_path, text)
    assert message in found
    assert "\n" not in found


def test_every_problem_has_its_own_line(tmp_path: Path) -> None:
    """Several wrong params are reported at once, in their order, a line each."""
    text = (
        with_value("lr", "abc")
        .replace("epochs: 5", "epoch: 5")
        .replace("device: cpu", "device: tpu")
    )
    assert [line.split(":")[1].strip() for line in refusal(tmp_path, text).splitlines()] == [
        "epochs",
        "lr",
        "device",
        "epoch",
    ]


def test_a_billion_laughs_are_refused_without_writing_them_out(tmp_path: Path) -> None:
    """A few aliases that stand for billions of values are refused as a short line for each key."""
    lines = refusal(tmp_path, BILLION + with_value("lr", "*j")).splitlines()
    assert len(lines) == 11  # lr, and the ten unknown keys
    assert lines[0].startswith("params.yaml: lr: [[[...], [...], [...], ...], [")
    assert all(len(line) < 200 for line in lines)


def test_patience_needs_a_validation_split(tmp_path: Path) -> None:
    """Patience without a validation split to look at is refused with both ways to fix it."""
    text = with_value("patience", "3").replace("val_fraction: 0.1", "val_fraction: 0")
    assert refusal(tmp_path, text) == (
        "params.yaml: patience: 3 needs a validation split to look at; "
        "set val_fraction above 0, or patience to 0"
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Without params.yaml the message says where to run and how to get it back."""
    with pytest.raises(
        ParamError, match="there is no such file; run from the repository's root, or `git restore"
    ):
        load_params(tmp_path / "params.yaml")
