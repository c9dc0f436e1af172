"""Make the transcripts in the documents again: `make transcripts`, or `... FILE.md` for some.

A transcript is a fenced block of the language `console`. A line that begins with `$ ` is a command,
and what follows is what it prints. Each file's commands run in order in one fresh clone of HEAD, as
a reader would type them, and their output replaces the old one. Output that begins with a line
`...` keeps its length: it shows only the last lines. Then `git diff` shows what the program says
differently.
"""

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


def main() -> None:
    """Rewrite the transcripts of the given documents, of all when none is given."""
    for name in sys.argv[1:] or DOCUMENTS:
        with tempfile.TemporaryDirectory(prefix="transcripts-") as folder:
            clone = new_clone(Path(folder))
            path = Path(name)
            path.write_text(remake(path.read_text(encoding="utf-8"), clone), encoding="utf-8")


if __name__ == "__main__":
    run_tool("transcripts", main)
