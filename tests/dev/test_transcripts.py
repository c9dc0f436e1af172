"""Transcripts in Markdown: their commands are run, and their output is replaced."""

from pathlib import Path

from dev.transcripts import differences, remake

BEFORE = """Text.

```console
$ echo one; echo two >&2
old
$ cd nowhere
$ seq 5
...
old
old
```

```sh
$ echo not a transcript
```

```console
$ cat made-before
$ echo made > made-before
```
"""

AFTER = """Text.

```console
$ echo one; echo two >&2
one
two
$ cd nowhere
bash: line 1: cd: nowhere: No such file or directory
$ seq 5
...
4
5
```

```sh
$ echo not a transcript
```

```console
$ cat made-before
cat: made-before: No such file or directory
$ echo made > made-before
```
"""


def test_commands_are_run_in_order_and_their_output_replaced(tmp_path: Path) -> None:
    """Each command of a console block gets what it prints now; a cut output keeps its length."""
    made = remake(BEFORE, tmp_path)
    assert made == AFTER
    again = remake(made, tmp_path)  # the file is there now
    assert again == AFTER.replace("cat: made-before: No such file or directory", "made")


def test_a_check_passes_over_what_varies() -> None:
    """Another speed and another commit are no difference; another figure is one."""
    text = "loss 0.4893  580,971 images/s\nBefore: `HEAD (26edbe6)`.\n[Makefile:31: report]\n"
    again = "loss 0.4893  9,999 images/s\nBefore: `HEAD (1234567)`.\n[Makefile:35: report]\n"
    assert differences(text, again) == []
    found = differences(text, again.replace("0.4893", "0.4894"))
    assert found[-2:] == ["-loss 0.4893  ...", "+loss 0.4894  ..."]
