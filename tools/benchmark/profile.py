"""What an epoch of ours spends its time on: `python -m tools.benchmark.profile`, after `make repro`.

MXNet's own profiler counts each operation on the device's thread and each call that Python makes into MXNet,
which run side by side. Profiling slows both down: read the shares, not the sums.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from stages.common.dataset import load_info, load_split
from stages.common.mx import mx
from stages.common.network import chunks, epoch_order, new_net
from stages.common.params import load_params
from stages.train import PREPARED, learning_rates, train_epoch

SHOWN = 16  # the longest of each kind


def main() -> None:
    """Train two epochs, profile the second, and print the longest entries per step as a Markdown table."""
    params, info = load_params(), load_info(PREPARED)
    train = load_split(PREPARED, "train", info)
    net = new_net(info, params.seed, mx.cpu())
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": params.lr}, kvstore=None)
    steps = -(-len(train) // params.batch_size)

    def epoch(number: int) -> None:
        order = epoch_order(len(train), params.seed, number)
        train_epoch(net, trainer, chunks(train, order, params.batch_size, mx.cpu()), learning_rates(params, steps))

    epoch(1)
    with tempfile.TemporaryDirectory() as folder:
        mx.profiler.set_config(profile_all=True, aggregate_stats=True, filename=str(Path(folder, "trace.json")))
        mx.profiler.set_state("run")
        epoch(2)
        mx.profiler.set_state("stop")
        kinds = json.loads(mx.profiler.dumps(format="json"))["Time"]
    for kind, title in (("operator", "on the device's thread"), ("MXNET_C_API", "Python's calls")):
        print(f"\n| {title} | times a step | microseconds a step |\n| --- | ---: | ---: |")
        for name, entry in longest(kinds[kind]):
            print(f"| {name.replace(',', ', ')} | {entry['Count'] / steps:.2f} | {1000 * entry['Total'] / steps:.1f} |")


def longest(entries: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the SHOWN entries of a profile that took longest, the longest first."""
    named = [(name, entry) for name, entry in entries.items() if not name.startswith("MXNet C API")]  # those are sums
    return sorted(named, key=lambda item: -item[1]["Total"])[:SHOWN]


if __name__ == "__main__":
    main()
