"""Run a stage as `python -m` does, and write down what it used.

    python tools/verify/watch.py FOLDER -m stages.train

FOLDER/stages.train.json gets the params that the stage read, and the modules of the project that
it imported. The stage's own project is in the current folder. Nothing else of this one is imported.
"""

import importlib.util
import json
import runpy
import sys
from pathlib import Path
from typing import Any


def watch_params(read: set[str]) -> None:
    """Let load_params return params that add to `read` the name of each one that is looked at."""
    from stages.common import params  # noqa: PLC0415 - of the current folder, once it is in the path

    load = params.load_params

    def load_watched(*arguments: Any, **options: Any) -> params.Params:
        loaded = load(*arguments, **options)
        object.__setattr__(loaded, "__class__", _watched(type(loaded), read))
        return loaded

    params.load_params = load_watched


def _watched(kind: type[Any], read: set[str]) -> type[Any]:
    names = frozenset(kind.model_fields)

    class Watched(kind):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            if name in names:
                read.add(name)
            return super().__getattribute__(name)

        def __iter__(self) -> Any:  # as dict(params) does
            read.update(names)
            return super().__iter__()

        def model_dump(self, **options: Any) -> Any:
            read.update(options.get("include") or names)
            return super().model_dump(**options)

    return Watched


def modules_in(root: Path, module: str) -> list[str]:
    """Return the files in `root` of `module` and of all that is loaded, relative to it."""
    spec = importlib.util.find_spec(module)  # it ran as __main__, and is not among the others
    files = [getattr(loaded, "__file__", None) for loaded in list(sys.modules.values())]
    paths = {Path(file).resolve() for file in [*files, spec and spec.origin] if file}
    return sorted(path.relative_to(root).as_posix() for path in paths if root in path.parents)


def main() -> None:
    """Run the module that the command line names."""
    folder, _, module = sys.argv[1:]
    root = Path.cwd().resolve()
    sys.path[0] = str(root)
    read: set[str] = set()
    watch_params(read)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        used = {"params": sorted(read), "modules": modules_in(root, module)}
        Path(folder, f"{module}.json").write_text(json.dumps(used), encoding="utf-8")


if __name__ == "__main__":
    main()
