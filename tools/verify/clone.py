"""A revision's files in a folder of their own, without a cache, and the raw data for them."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.catalogue import CatalogueEntry, load_entry
from stages.common.errors import PipelineError
from stages.common.files import BLOCK
from stages.common.params import PARAMS_FILE, load_params
from stages.download import RAW, RAW_NAMES
from tools.runs.revision import Revision
from tools.verify.imported import bring_imported

# The cache is the clone's own and empty, whatever the settings of the machine and the user are.
_SETTINGS = """\
[core]
    no_scm = true
    autostage = false
    analytics = false
    check_update = false
[cache]
    dir = cache
    type = "reflink,hardlink,symlink,copy"
"""


@contextmanager
def clone(revision: Revision) -> Iterator[Path]:
    """Give a folder that holds the files of a revision and nothing else; it goes with the block.

    Its parent is temporary, too, and empty but for it.
    """
    with tempfile.TemporaryDirectory(prefix="verify-") as work:
        folder = Path(work, "files")
        revision.extract(folder)
        # In a larger repository DVC's folder may be above the project's.
        (folder / ".dvc").mkdir(exist_ok=True)
        (folder / ".dvc/config.local").write_text(_SETTINGS, encoding="utf-8")
        yield folder


def give_raw(folder: Path) -> Path | None:
    """Link the raw data of the current folder for the clone in `folder`; return where.

    It is None unless all four files are what the clone's catalogue says. The stage download then
    looks for them where it always does, and an imported dataset is brought for it.

    Raises:
        DataError: the dataset was imported, and neither this clone nor its remote has it.
    """
    try:
        dataset = load_params(folder / PARAMS_FILE).dataset
        entry = load_entry(dataset, folder / "data/datasets")
    except PipelineError:
        return None  # the stages say what is wrong with them
    if not _is_raw_of(entry):
        bring_imported(folder, entry)
        return None
    given = folder.with_name("raw")
    given.mkdir()
    for key, file in entry.files.items():
        (given / file.name).symlink_to((RAW / RAW_NAMES[key]).resolve())
    return given


def _is_raw_of(entry: CatalogueEntry) -> bool:
    for key, file in entry.files.items():
        path = RAW / RAW_NAMES[key]
        if not path.is_file() or path.stat().st_size != file.bytes or _sha256(path) != file.sha256:
            return False
    return True


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK * 256):
            digest.update(block)
    return digest.hexdigest()
