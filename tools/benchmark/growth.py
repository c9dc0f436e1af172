"""Section growth: seconds an epoch and peak memory by the size of the data and of the batch.

The data are repeated and memory-mapped from disk; each measurement is a process of its own.
"""

import statistics
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.dataset import images_path, info_path, labels_path, load_info, load_split
from stages.common.files import write_array, write_json
from tools.benchmark.epochs import BATCH_SIZE, TRAINERS, start
from tools.benchmark.places import Places

TIMES, BATCH_SIZES = (1, 4, 16), (64, 256, 1024)


def repeat(source: Path, target: Path, times: int) -> None:
    """Write the training split of `source` so many times over into `target`."""
    info = load_info(source)
    for split, count in (("train", times), ("val", 1)):
        part = load_split(source, split, info)
        rows = np.tile(np.arange(len(part)), count)
        write_array(images_path(target, split), part.images, rows)
        write_array(labels_path(target, split), part.labels, rows)
    write_json(info_path(target), asdict(info))


def measure(places: Places, rounds: int = 5) -> list[dict[str, Any]]:
    """Return a row for each size of the data and each size of the batch."""
    folders = {times: places.work / f"times{times}" for times in TIMES}
    for times, folder in folders.items():
        repeat(places.prepared, folder, times)
    cases = [(times, BATCH_SIZE) for times in TIMES] + [
        (1, size) for size in BATCH_SIZES if size != BATCH_SIZE
    ]
    workers = {
        case: start(TRAINERS[0], 1, Path(sys.executable), folders[case[0]], case[1])
        for case in cases
    }
    answers: dict[tuple[int, int], list[dict[str, Any]]] = {case: [] for case in cases}
    for _ in range(rounds + 1):  # the first is warm-up
        for case, worker in workers.items():
            answers[case].append(worker.epoch())
    for worker in workers.values():
        worker.end()
    images = len(np.load(labels_path(places.prepared, "train"), mmap_mode="r"))
    return [_row(times, size, images * times, answers[times, size]) for times, size in cases]


def _row(times: int, batch_size: int, images: int, answers: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = [answer["seconds"] for answer in answers[1:]]
    return {
        "times": times,
        "batch_size": batch_size,
        "seconds": seconds,
        "median": statistics.median(seconds),
        "images_per_second": images / statistics.median(seconds),
        "peak_mb": answers[-1]["peak_mb"],
    }
