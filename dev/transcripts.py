"""Make the transcripts in the documents again: `make transcripts`.

    python -m dev.transcripts README.md          of some documents
    python -m dev.transcripts --check            change nothing; fail where the program prints else

A transcript is a fenced block of the language `console`. A line that begins with `$ ` is a command,
and what follows is what it prints. Each file's commands run in order in one fresh clone of HEAD, as
a reader would type them, and their output replaces the old one. Output that begins with a line
`...` keeps its length: it shows only the last lines. Then `git diff` shows what the program says
differently. A check leaves out what differs from run to run: speeds, the names of commits, and how
many runs of a queue are left.
"""

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.command import run_tool

DOCUMENTS = ("README.md", "docs/experiments.md", "docs/pull-requests.md", "docs/use.md")
_BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")
_PROMPT, _CUT = "$ ", "..."
_VARYING = re.compile(r"(?m)[\d,]+ images/s|\b[0-9a-f]{7}\b|Makefile:\d+|^\d+ left\n")
_FOREIGN = ("GIT_", "DVC_", "MAKE", "MFLAGS")  # settings of whoever runs this


def remake(text: str, clone: Path) -> str:
    """Return a Markdown text with the output of its commands as `clone` gives it now."""
    return _BLOCK.sub(lambda block: f"```console\n{_run_block(block[1], clone)}```", text)


def _run_block(block: str, clone: Path) -> str:
    """Run the commands of one block; return the block with their output."""
    commands = re.split(rf"(?m)^(?={re.escape(_PROMPT)})", block)
    lines = []
    for part in filter(None, commands):
        prompt, *before = part.splitlines()
        printed = _run(prompt.removeprefix(_PROMPT), clone)
        if before[:1] == [_CUT]:
            printed = [_CUT, *printed[1 - len(before) :]]
        lines += [prompt, *printed]
    return "".join(f"{line}\n" for line in lines)


def _run(command: str, clone: Path) -> list[str]:
    print(f"{clone.name}: {command}", file=sys.stderr)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    environment |= {
        "COLUMNS": "120",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH": f"{clone / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    printed = done.stdout.replace(str(clone), "~/fashion-softmax")
    return [line.rstrip() for line in printed.strip().splitlines()]


def new_clone(folder: Path) -> Path:
    """Return a clone of HEAD in `folder`, on a branch main, with an author for its commits."""
    clone = folder / "fashion-softmax"
    subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
    subprocess.run(["git", "switch", "--quiet", "-C", "main"], cwd=clone, check=True)
    for key, value in (("user.name", "You"), ("user.email", "you@example.org")):
        subprocess.run(["git", "config", key, value], cwd=clone, check=True)
    return clone


def differences(before: str, after: str) -> list[str]:
    """Return the lines in which two texts differ, as diff marks them, but for what varies."""
    old, new = (_VARYING.sub("...", text).splitlines() for text in (before, after))
    return list(difflib.unified_diff(old, new, "documented", "printed", lineterm="", n=0))


def main() -> int:
    """Rewrite or check the transcripts of some documents; return the exit status."""
    parser = argparse.ArgumentParser(prog="transcripts")
    parser.add_argument("documents", metavar="FILE.md", nargs="*", default=DOCUMENTS)
    parser.add_argument("--check", action="store_true", help="change nothing, print what differs")
    options = parser.parse_args()
    different = False
    for name in options.documents:
        with tempfile.TemporaryDirectory(prefix="transcripts-") as folder:
            clone = new_clone(Path(folder))
            path = Path(name)
            before = path.read_text(encoding="utf-8")
            after = remake(before, clone)
        if not options.check:
            path.write_text(after, encoding="utf-8")
        elif found := differences(before, after):
            print(f"{name}:", *found, sep="\n")
            different = True
    return 1 if different else 0


if __name__ == "__main__":
    run_tool("transcripts", main)
