"""Run a stage as `python -m` does, and write down what it used.

    python tools/verify/watch.py FOLDER -m stages.train

FOLDER/stages.train.json gets the params that the stage read, and the modules of the project that
it imported. The stage's own project is in the current folder. Nothing else of this one is imported.
"""

import importlib.util
import json
import runpy
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PARAMS = "stages.common.params"


class WatchParams(MetaPathFinder):
    """Lets load_params, once the stage imports it, return params that note which are looked at.

    What the stage does not import is not imported for it: it would count as used.
    """

    def __init__(self) -> None:
        self.read: set[str] = set()

    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        """Return how to import the module of the params, and leave all others to the rest."""
        if fullname != PARAMS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec and spec.loader:
            run = spec.loader.exec_module

            def run_and_watch(module: ModuleType) -> None:
                run(module)
                self._watch(module)

            spec.loader.exec_module = run_and_watch  # type: ignore[method-assign]
        return spec

    def _watch(self, module: Any) -> None:
        load = module.load_params

        def load_watched(*arguments: Any, **options: Any) -> Any:
            loaded = load(*arguments, **options)
            object.__setattr__(loaded, "__class__", _watched(type(loaded), self.read))
            return loaded

        module.load_params = load_watched


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
    params = WatchParams()
    sys.meta_path.insert(0, params)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        used = {"params": sorted(params.read), "modules": modules_in(root, module)}
        Path(folder, f"{module}.json").write_text(json.dumps(used), encoding="utf-8")


if __name__ == "__main__":
    main()
