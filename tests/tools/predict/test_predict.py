"""Tests of tools/predict: pictures and arrays in, a table, JSON, CSV and a picture out."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.common.dataset import PIXEL_SCALE, DatasetInfo
from stages.common.errors import DataError
from stages.common.idx import idx_bytes
from stages.common.model import Model, load_model, save_model
from tests.support.pictures import block, write_odd_pictures
from tests.support.project import ROOT, Project, clean_environment
from tests.support.terminal import run_on_terminal
from tools.predict.__main__ import main
from tools.predict.inputs import as_given
from tools.predict.picture import ROWS, draw, evidence
from tools.predict.predicting import Prediction

CLASSES = ("block", "no, block", "其他", "empty")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the folder of a model of 28 x 28 images whose first class is ink in the middle."""
    weight = np.random.default_rng(0).normal(0, 0.01, (len(CLASSES), 28, 28))
    weight[0, 8:20, 8:20] += 0.1
    info = DatasetInfo("fashion-mnist", CLASSES, 28, 28, "object")
    bias = np.array([0, 0.1, 0.3, -0.2], np.float32)
    flat = weight.reshape(len(CLASSES), -1).astype(np.float32)
    save_model(tmp_path / "model", Model(flat, bias, PIXEL_SCALE, info, {"epochs": 5}))
    return tmp_path / "model"


def test_idx_and_npy_give_the_predictions_of_evaluate(reproduced: Project) -> None:
    """The model's folder alone, elsewhere, sees in the raw test file exactly what evaluate saw."""
    elsewhere = reproduced.folder.parent / "elsewhere"
    shutil.copytree(reproduced.path("data/model"), elsewhere / "model")
    files = ("data/raw/t10k-images-idx3-ubyte", "data/prepared/test_images.npy")
    done = subprocess.run(
        [sys.executable, "-m", "tools.predict", "--model", "model", "--format", "csv"]
        + [str(reproduced.path(name)) for name in files],
        cwd=elsewhere,
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    with reproduced.path("plots/predictions.csv").open(newline="") as file:
        evaluated = [row["predicted"] for row in csv.DictReader(file)]
    assert [row["class"] for row in rows] == evaluated * len(files)
    assert [int(row["row"]) for row in rows] == list(range(len(evaluated))) * len(files)


def test_each_file_is_predicted_or_named_and_skipped(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Odd pictures work; what cannot be read is one line each, and the status is 1 at the end."""
    refused = write_odd_pictures(tmp_path / "odd")
    np.save(tmp_path / "odd/float.npy", np.zeros((2, 28, 28)))
    np.save(tmp_path / "odd/small.npy", np.zeros((2, 8, 8), np.uint8))
    np.save(tmp_path / "odd/objects.npy", np.array([{}]), allow_pickle=True)
    np.save(tmp_path / "odd/flat.npy", np.zeros((3, 784), np.uint8))
    np.save(tmp_path / "odd/none.npy", np.zeros((0, 28, 28), np.uint8))
    (tmp_path / "odd/labels-idx1").write_bytes(idx_bytes(np.zeros(9, np.uint8)))
    (tmp_path / "odd/int32-idx3").write_bytes(b"\0\0\x0c\3" + bytes(40))
    refused |= {
        "float.npy": "an array float64 [2, 28, 28]; the model takes uint8 [N, 28, 28]",
        "small.npy": "an array uint8 [2, 8, 8]; the model takes uint8 [N, 28, 28]",
        "flat.npy": "an array uint8 [3, 784]; the model takes uint8 [N, 28, 28]",
        "none.npy": "an array uint8 [0, 28, 28]; the model takes uint8 [N, 28, 28]",
        "objects.npy": "not a whole .npy file",
        "labels-idx1": "1 dimensions; there must be 3",
        "int32-idx3": "IDX dtype 0x0c; it must be 0x08",
        "line.png": "blank: nothing in it stands out",
        "one-pixel.png": "blank: nothing in it stands out",
    }
    missing = str(tmp_path / "missing.png")
    arguments = ["--model", str(model), "--format", "json", str(tmp_path / "odd"), missing]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    found = {Path(each["picture"]).name: each for each in json.loads(printed.out)}
    names = {path.name for path in (tmp_path / "odd").iterdir()}
    assert set(found) == names - set(refused)
    for name in ("16-bit.png", "animated.gif", "rotated.jpg", "transparent.png"):
        assert found[name]["class"] == "block"
    *lines, note, last = printed.err.splitlines()
    assert last == f"predict: {len(refused) + 1} of {len(names) + 1} files and folders skipped"
    assert note.startswith(f"predict: {tmp_path}/odd/12-bit.png: no value is above 4,095")
    assert lines[-1] == f"predict: {missing}: there is no such file"
    for line, name in zip(lines, sorted(refused), strict=False):
        assert line.startswith(f"predict: {tmp_path}/odd/{name}: {refused[name]}")


def test_the_formats_agree(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table, JSON and CSV have the same classes and probabilities, and the formula's."""
    block().save(tmp_path / "a, b.png")
    images = np.random.default_rng(1).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    np.save(tmp_path / "three.npy", images)
    printed = {}
    for kind in ("table", "json", "csv"):
        files = [str(tmp_path / name) for name in ("a, b.png", "three.npy")]
        assert main(["--model", str(model), "--format", kind, *files]) == 0
        printed[kind] = capsys.readouterr().out
    as_json = json.loads(printed["json"])
    as_csv = list(csv.DictReader(io.StringIO(printed["csv"])))
    header, *table = printed["table"].splitlines()
    assert header.split() == ["picture", "likeliest", "second", "third"]
    assert [each["row"] for each in as_json] == [None, 0, 1, 2]
    for one, two, line in zip(as_json, as_csv, table, strict=True):
        assert one["class"] == two["class"]
        assert one["probability"] == float(two["probability"]) == max(one["probabilities"].values())
        assert [float(two[f"p({name})"]) for name in CLASSES] == list(one["probabilities"].values())
        assert sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert f"  {one['class']} {one['probability']:.1%}  " in line
    trained = load_model(model)
    logits = trained.weight.astype(float) @ (images[2].ravel() / 255) + trained.bias
    expected = np.exp(logits) / np.exp(logits).sum()
    assert list(as_json[3]["probabilities"].values()) == pytest.approx(expected, abs=2e-6)


def test_the_evidence_and_the_bias_sum_to_the_logit(model: Path) -> None:
    """For each class, the map's sum plus the bias is the model's logit."""
    trained = load_model(model)
    image = np.random.default_rng(2).integers(0, 256, (28, 28), dtype=np.uint8)
    logits = trained.logits(image[np.newaxis])[0]
    sums = [evidence(trained, image, k).sum() + trained.bias[k] for k in range(len(CLASSES))]
    assert sums == pytest.approx(logits, abs=1e-4)
    dark = evidence(trained, np.zeros((28, 28), np.uint8), 0)
    assert not dark.any()


def test_the_picture_shows_the_first_inputs(model: Path, tmp_path: Path) -> None:
    """--picture writes a PNG of pictures of any kind; it has a bounded number of rows."""
    write_odd_pictures(tmp_path / "odd")
    out = tmp_path / "out" / "why.png"
    odd = [str(tmp_path / "odd" / name) for name in ("rotated.jpg", "transparent.png")]
    assert main(["--model", str(model), "--picture", str(out), *odd]) == 0
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        height = picture.height
    np.save(tmp_path / "many.npy", np.zeros((5, 28, 28), np.uint8))
    black, evenly = np.zeros((28, 28), np.uint8), np.full(4, 0.25)
    many = [Prediction(tmp_path / "many.npy", row, black, evenly) for row in range(5)]
    for given, rest in ((many[:2], 0), (many, 0.2 * 144)):  # a line says how many are left out
        out.write_bytes(draw(given, load_model(model), rows=2))
        with Image.open(out) as picture:
            assert abs(picture.height - height - rest) <= 1
    assert as_given(tmp_path / "odd/rotated.jpg", None, 50).shape == (40, 50, 3)
    assert ROWS <= 30


def test_a_prepared_image_is_taken_as_it_is(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A grey picture of exactly the model's size gives what the array of its pixels gives."""
    image = np.random.default_rng(3).integers(0, 256, (28, 28), dtype=np.uint8)
    Image.fromarray(image).save(tmp_path / "one.png")
    np.save(tmp_path / "one.npy", image)
    outputs = []
    for name in ("one.png", "one.npy"):
        assert main(["--model", str(model), "--format", "csv", str(tmp_path / name)]) == 0
        outputs.append(capsys.readouterr().out.splitlines()[1].split(",", 2)[2])
    assert outputs[0] == outputs[1]


NAMES = ("no break\u00a0\u202f.png".encode(), b"caf\xe9.png", "鳥, two\nlines.png".encode())
# A terminal and file names in ASCII: the hardest that a locale can be.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def printed_in_ascii(model: Path, folder: Path, kind: str) -> bytes:
    """Return what predict prints of a folder in a format where the locale knows ASCII alone."""
    command = (sys.executable, "-m", "tools.predict", "--model", model, "--format", kind, folder)
    environment = clean_environment() | ASCII
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def test_names_reach_programs_as_they_are(model: Path, tmp_path: Path) -> None:
    """JSON and CSV give back the bytes of every name in any locale; a terminal gets escapes."""
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in NAMES:
        block().save(folder / os.fsdecode(name), "PNG")
    wanted = {bytes(folder) + b"/" + name for name in NAMES}
    as_json = json.loads(printed_in_ascii(model, folder, "json"))
    text = printed_in_ascii(model, folder, "csv").decode(errors="surrogateescape")
    as_csv = list(csv.DictReader(io.StringIO(text, newline="")))
    for rows in (as_json, as_csv):
        assert {row["picture"].encode(errors="surrogateescape") for row in rows} == wanted
    assert list(as_json[0]["probabilities"]) == list(CLASSES)
    assert [f"p({name})" for name in CLASSES] == list(as_csv[0])[4:]
    table = printed_in_ascii(model, folder, "table").decode("ascii")
    for shown in (r"no break\xa0\u202f.png", r"caf\xe9.png", r"\u9ce5, two\nlines.png", r"\u5176"):
        assert shown in table


def test_what_a_folder_holds_besides_is_said(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Links are followed; a loop is skipped and a system's folder ignored, and both are named."""
    for name in ("photos/1.png", "elsewhere/2.png", "photos/@eaDir/1.png", "photos/._1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        block().save(tmp_path / name)
    (tmp_path / "photos/more").symlink_to("../elsewhere")
    (tmp_path / "photos/loop").symlink_to(".")
    photos = tmp_path / "photos"
    assert main(["--model", str(model), str(photos)]) == 1
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3
    assert printed.err.splitlines() == [
        f"predict: {photos}/loop: a link to a folder that holds it",
        f"predict: {photos}/._1.png and 1 more: hidden or a system's, ignored",
        "predict: 1 of 3 files and folders skipped",
    ]


def test_a_light_picture_of_the_model_s_size_says_what_was_done(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is inverted, as the model's images are light on black, and a line says of how many."""
    light = np.full((28, 28), 250, np.uint8)
    light[8:20, 8:20] = 10
    for number in range(3):
        Image.fromarray(light).save(tmp_path / f"{number}.png")
    np.save(tmp_path / "4.npy", 255 - light)
    files = [str(path) for path in sorted(tmp_path.glob("?.*"))]
    assert main(["--model", str(model), "--format", "csv", *files]) == 0
    printed = capsys.readouterr()
    assert len({line.split(",", 2)[2] for line in printed.out.splitlines()[1:]}) == 1
    assert printed.err == (
        f"predict: {files[0]} and 2 more: of the model's size on a light background: inverted\n"
    )


def test_no_table_without_a_row(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where every file is skipped there is nothing on standard output."""
    (tmp_path / "notes.txt").write_text("birds", encoding="utf-8")
    assert main(["--model", str(model), str(tmp_path / "notes.txt")]) == 1
    assert capsys.readouterr().out == ""


def test_a_wrong_call_is_one_line(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No model, an empty folder, a picture that cannot be written: each is a line and a status."""
    block().save(tmp_path / "one.png")
    (tmp_path / "empty").mkdir()
    one, empty = str(tmp_path / "one.png"), str(tmp_path / "empty")
    with pytest.raises(DataError, match=r"^[^\n]*model\.json"):
        main(["--model", empty, one])
    assert main(["--model", str(model), empty]) == 1
    assert capsys.readouterr().err == "predict: no file in these folders\n"
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert capsys.readouterr().err == (
        "predict: no pictures are named; name files or folders:\n"
        "  make predict IMAGES='shoe.jpg photos/'\n"
        "  python -m tools.predict shoe.jpg photos/\n"
    )
    with pytest.raises(SystemExit, match="2"):
        main([""])  # as of an unset variable
    assert "an empty name" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--picture", "out.jpg", one])
    assert "must end in .png" in capsys.readouterr().err
    for more in ([one], ["--picture", "o.png"], ["--format", "csv"]):
        with pytest.raises(SystemExit, match="2"):
            main(["--labelled", empty, *more])
        assert "--labelled takes one folder" in capsys.readouterr().err
    with pytest.raises(OSError, match="one"):  # tools/command.py makes a line of it
        main(["--model", str(model), "--picture", f"{one}/o.png", one])


def test_a_thousand_pictures_show_a_bar_on_a_terminal(model: Path, tmp_path: Path) -> None:
    """A progress bar counts the files on a terminal, and the table has a row for each."""
    (tmp_path / "many").mkdir()
    for number in range(1000):
        Image.linear_gradient("L").resize((28, 28)).save(tmp_path / "many" / f"{number:03}.png")
    command = (sys.executable, "-m", "tools.predict", "--model", str(model))
    status, shown = run_on_terminal(
        [*command, str(tmp_path / "many")], cwd=ROOT, environment=clean_environment()
    )
    assert status == 0
    assert "0/1000" in shown
    assert len(re.findall(r"/\d+\.png  ", shown)) == 1000
