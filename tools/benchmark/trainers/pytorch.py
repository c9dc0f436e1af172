"""PyTorch: tensors in memory, batches gathered by index, the loss read once an epoch."""

from pathlib import Path

import torch

from stages.common.dataset import PIXEL_SCALE
from tools.benchmark.trainers.arrays import initial_weight, pixels_and_labels
from tools.benchmark.worker import Turns


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:
    """Train one epoch for each turn."""
    torch.set_num_threads(setting)
    torch.manual_seed(0)
    *arrays, classes = pixels_and_labels(folder)
    pixels, labels = map(torch.from_numpy, arrays)
    net = torch.nn.Linear(pixels.shape[1], classes)
    with torch.no_grad():
        net.weight.copy_(torch.from_numpy(initial_weight(pixels.shape[1], classes).T))
        net.bias.zero_()
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, fused=True)
    while True:
        total = torch.zeros(())
        for rows in torch.randperm(len(pixels)).split(batch_size):
            batch = pixels.index_select(0, rows).float().mul_(PIXEL_SCALE)
            loss = torch.nn.functional.cross_entropy(net(batch), labels.index_select(0, rows))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        turns.done(float(total) / len(pixels))
