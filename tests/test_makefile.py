"""The Makefile: what its targets hand on, and the status that they end with."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import ROOT, clean_environment

# Stands for the modules that targets run: it shows what it was given, and fails when told to.
MODULE = """import os, sys
print(sys.argv[1:], flush=True)
sys.exit(int(os.environ.get("STATUS", 0)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder, in a path with a space, with the Makefile and programs that it calls."""
    made = tmp_path / "a folder"
    for inner in ("dev/setup", "tools", ".venv/bin"):
        (made / inner).mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", made)
    for name in ("report", "compare", "predict", "import_images", "scores"):
        (made / f"tools/{name}.py").write_text(MODULE, encoding="utf-8")
    for path, text in {
        "dev/setup/setup.sh": 'echo "set up $*"',
        ".venv/bin/python": f"""exec '{sys.executable}' "$@\"""",
        ".venv/bin/dvc": 'echo "dvc $*"; exit ${STATUS:-0}',
    }.items():
        (made / path).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (made / path).chmod(0o755)
    yield made
    assert not list(tmp_path.rglob("evil"))  # whatever was handed on, nothing ran it


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run make in a folder."""
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=clean_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )


VALUES = [
    "$(shell touch evil)",
    "$$(touch evil)",
    "`touch evil`",
    "a'b\"c",
    "x; touch evil",
    "${HOME}",
]


@pytest.mark.parametrize("value", VALUES)
def test_values_are_passed_literally(folder: Path, value: str) -> None:
    """Neither make nor the shell expands or runs what is in BASE, FAIL_IF, or another variable."""
    given = (f"{name}={value}" for name in ("BASE", "FAIL_IF", "OTHER"))
    done = make(folder, "report", *given, OTHER=value)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["set up ", str([value, "--fail-if", value])]


USED = set(re.findall(r"\$\$\{?([A-Z_]+)", (ROOT / "Makefile").read_text(encoding="utf-8")))


@pytest.mark.parametrize("flag", ["--", "-e"])
def test_settings_are_not_taken_from_the_environment(folder: Path, flag: str) -> None:
    """Variables that the environment happens to have name no dataset, picture or revision."""
    values = dict.fromkeys(USED, "happens-to-be-set")
    assert values.keys() >= {"BASE", "FAIL_IF", "FOLDER", "IMAGES", "NAME", "ONLY"}
    for target in ("setup", "report", "compare", "predict", "import"):
        said = make(folder, flag, target, **values).stdout
        assert "happens" not in said, said
    assert "['main'," in make(folder, flag, "report", **values).stdout


def test_the_packages_are_those_of_the_environment(folder: Path) -> None:
    """A recipe's Python has no folder that the shell added, and it writes its caches."""
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere/json.py").write_text("raise ImportError('elsewhere')", encoding="utf-8")
    program = "import json, sys\nprint(sys.dont_write_bytecode, sys.flags.safe_path)\n"
    program = program if sys.version_info >= (3, 11) else program.replace(".safe_path", ".isolated")
    (folder / "tools/compare.py").write_text(program, encoding="utf-8")
    given = {"PYTHONPATH": str(folder / "elsewhere"), "PYTHONSAFEPATH": "1", "PYTHONHOME": "/no"}
    done = make(folder, "compare", PYTHONDONTWRITEBYTECODE="1", PYTHONWARNINGS="error", **given)
    assert (done.stdout.splitlines()[1:], done.stderr) == (["False False"], "")


def test_the_base_of_a_report_is_main(folder: Path) -> None:
    """Without values, the report compares with main and has no gate."""
    done = make(folder, "report")
    assert done.stdout.splitlines()[1] == str(["main", "--fail-if", ""])


@pytest.mark.parametrize("name", ["*.jpg", "what?.jpg", "photo[1].jpg", "~/a.jpg", "-"])
def test_lists_are_split_and_patterns_kept(folder: Path, name: str) -> None:
    """ONLY and IMAGES are lists of names; the shell expands none, whether there is such a file."""
    for there in ("a.jpg", "what1.jpg", "photo1.jpg"):
        (folder / there).touch()
    for _ in range(2):
        for target, variable in (("compare", "ONLY"), ("predict", "IMAGES")):
            done = make(folder, target, f"{variable}={name} main").stdout.splitlines()
            assert done[1] == str([name, "main"])
        images = make(folder, "predict", f"IMAGES={name}").stdout.splitlines()
        assert images[1] == str([name])
        if "/" not in name:
            (folder / name).touch()


def test_one_path_of_a_picture_may_have_spaces(folder: Path) -> None:
    """IMAGES that is the name of a file is that file, and no list."""
    (folder / "a [b].jpg").touch()
    assert make(folder, "predict", "IMAGES=a [b].jpg").stdout.splitlines()[1] == "['a [b].jpg']"


def test_a_labelled_folder_is_one_path(folder: Path) -> None:
    """LABELLED is no list, and its patterns are kept."""
    done = make(folder, "predict", "LABELLED=my [photos]")
    assert done.stdout.splitlines()[1] == str(["--labelled=my [photos]"])


def test_an_import_is_of_the_command_line(folder: Path) -> None:
    """FOLDER is one path, NAME one name, FORCE=1 an option; the environment says none of them."""
    done = make(folder, "import", "FOLDER=my birds", "NAME=birds", FORCE="1")
    assert done.stdout.splitlines()[1] == str(["my birds", "--name", "birds"])
    done = make(folder, "import", "FOLDER=my birds", "FORCE=1", NAME="eagles")
    assert done.stdout.splitlines()[1] == str(["my birds", "--name", "", "--force"])


@pytest.mark.parametrize("target", ["repro", "report", "compare", "predict"])
def test_a_target_fails_when_its_command_fails(folder: Path, target: str) -> None:
    """A target ends with a status other than 0, and says no more, when its command does."""
    done = make(folder, target, STATUS="3")
    assert done.returncode == 2  # as make says of any recipe that failed
    assert "Error 3" in done.stderr
    assert "pictures" not in done.stdout


def test_repro_ends_with_the_scores(folder: Path) -> None:
    """After a run the scores are shown, and DVC is not started again."""
    assert make(folder, "repro").stdout.splitlines() == [
        "set up ",
        "dvc repro",
        "",
        "[]",
    ]


def test_nothing_runs_when_the_set_up_fails(folder: Path) -> None:
    """A target whose set-up fails ends there."""
    (folder / "dev/setup/setup.sh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    done = make(folder, "repro")
    assert (done.returncode, done.stdout) == (2, "")


def test_help_lists_every_target() -> None:
    """`make help` has a line for each target, which fits a terminal of 80 columns."""
    lines = make(ROOT, "help").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    listed = [line.split()[1] for line in lines if line.startswith("make ")]
    phony = [
        line
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if ".PHONY" in line
    ]
    targets = [name for line in phony for name in line.split()[1:]]
    assert sorted(listed) == sorted(targets)
