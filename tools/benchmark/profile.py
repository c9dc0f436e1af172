"""What an epoch of ours spends its time on: `python -m tools.benchmark.profile`, after `make repro`.

Two threads run side by side: Python's, which gathers batches and issues operations, and the device's, which carries
them out. Python's is timed call by call as it is. Then MXNet's own profiler counts each operation on the device's
thread and each call that Python makes into MXNet; it slows both down: read its shares, not its sums.
"""

import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from stages.common.dataset import load_info, load_split
from stages.common.gluon import network
from stages.common.gluon.mx import mx
from stages.common.gluon.network import chunks, epoch_order, new_net
from stages.common.params import load_params
from stages.train import PREPARED, learning_rates, train_epoch

SHOWN = 16  # the longest of each kind
TIMED_EPOCHS = 9
# What train_epoch calls, with the name of it for people.
CALLS = (
    (np, "take", "gathering images"),
    (network.SoftmaxRegression, "__call__", "forward"),
    (mx.nd.NDArray, "__getitem__", "slicing batches"),
    (mx.nd.NDArray, "backward", "backward"),
    (mx.gluon.Trainer, "step", "update"),
    (network.Tally, "add", "counting, and waiting for the device"),
)


def timed(function: Callable[..., Any], name: str, seconds: dict[str, float]) -> Callable[..., Any]:
    """Return `function` with the time in it added to `seconds[name]`."""

    def call(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            seconds[name] += time.perf_counter() - started

    return call


def python_seconds(epochs: Iterator[Callable[[], None]]) -> list[dict[str, float]]:
    """Run each of `epochs`; return for each the seconds that Python's thread was in each of CALLS, and in all."""
    made = []
    for epoch in epochs:
        seconds: dict[str, float] = defaultdict(float)
        with ExitStack() as stack:
            for owner, name, title in CALLS:
                stack.enter_context(
                    patch.object(owner, name, timed(getattr(owner, name), title, seconds))
                )
            timed(epoch, "the whole step", seconds)()
        seconds["the loop itself"] = 2 * seconds["the whole step"] - sum(seconds.values())
        made.append(seconds)
    return made


def main() -> None:
    """Train some epochs, time and profile them, and print the longest entries per step as Markdown tables."""
    params, info = load_params(), load_info(PREPARED)
    train = load_split(PREPARED, "train", info)
    net = new_net(info, params.seed, mx.cpu())
    trainer = mx.gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": params.lr}, kvstore=None
    )
    steps = -(-len(train) // params.batch_size)

    def epoch(number: int) -> None:
        order = epoch_order(len(train), params.seed, number)
        train_epoch(
            net,
            trainer,
            chunks(train, order, params.batch_size, mx.cpu()),
            learning_rates(params, steps),
        )

    epoch(1)
    made = python_seconds(lambda: epoch(2) for _ in range(TIMED_EPOCHS))
    print(
        f"| Python's thread | microseconds a step, median of {TIMED_EPOCHS} epochs |\n| --- | ---: |"
    )
    for name in made[0]:
        print(
            f"| {name} | {1e6 * statistics.median(seconds[name] for seconds in made) / steps:.0f} |"
        )
    with tempfile.TemporaryDirectory() as folder:
        mx.profiler.set_config(
            profile_all=True, aggregate_stats=True, filename=str(Path(folder, "trace.json"))
        )
        mx.profiler.set_state("run")
        epoch(2)
        mx.profiler.set_state("stop")
        kinds = json.loads(mx.profiler.dumps(format="json"))["Time"]
    for kind, title in (("operator", "on the device's thread"), ("MXNET_C_API", "Python's calls")):
        print(f"\n| {title} | times a step | microseconds a step |\n| --- | ---: | ---: |")
        for name, entry in longest(kinds[kind]):
            print(
                f"| {name.replace(',', ', ')} | {entry['Count'] / steps:.2f} | {1000 * entry['Total'] / steps:.1f} |"
            )


def longest(entries: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the SHOWN entries of a profile that took longest, the longest first."""
    named = [
        (name, entry) for name, entry in entries.items() if not name.startswith("MXNet C API")
    ]  # those are sums
    return sorted(named, key=lambda item: -item[1]["Total"])[:SHOWN]


if __name__ == "__main__":
    main()
