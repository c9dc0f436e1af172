"""Coverage-guided fuzzing of the IDX reader: `make fuzz` (FUZZ_SECONDS=600).

The few inputs that reach code which the corpus does not are added to it; tests/fuzz/test_corpus.py replays them.
"""

import resource
import shlex
import sys

import atheris

with atheris.instrument_imports(include=["stages"]):
    from tests.fuzz.idx_contract import parse_or_refuse


@atheris.instrument_func
def try_both(content: bytes) -> None:
    """Read `content` as images and as labels: nothing is both."""
    images, labels = parse_or_refuse(content, 3), parse_or_refuse(content, 1)
    assert images is None or labels is None


if __name__ == "__main__":
    # A header may claim 2**96 values: whoever believes it before he has counted the bytes runs into this limit.
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    # Merging starts this program anew by a shell line that begins with the program's name.
    atheris.Setup([f"{shlex.quote(sys.executable)} -m tests.fuzz.fuzz_idx", *sys.argv[1:]], try_both)
    atheris.Fuzz()
