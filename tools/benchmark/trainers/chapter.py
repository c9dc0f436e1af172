"""The chapter's own loop in Gluon: a DataLoader that scales image by image, and two readings of a result each step.

`python -m tools.benchmark.trainers.chapter FOLDER` is the chapter's program: the four IDX files of FOLDER,
five epochs, each with the held-out accuracy.
"""

import sys
from pathlib import Path
from typing import Any

from stages.common.dataset import load_info, load_split
from stages.common.gluon.mx import mx
from stages.common.sources.idx import read_idx
from tools.benchmark.trainers.arrays import SIGMA
from tools.benchmark.worker import Turns

LOADERS = 4  # processes that load, in the chapter


def loader(images: Any, labels: Any, batch_size: int, *, shuffle: bool, processes: int) -> Any:
    """Return a DataLoader of images [N, H, W] uint8 and labels [N] uint8, as the chapter makes it."""
    dataset = mx.gluon.data.ArrayDataset(
        mx.nd.array(images[..., None], dtype="uint8"), labels.astype("int32")
    )
    scaled = dataset.transform_first(mx.gluon.data.vision.transforms.ToTensor())
    return mx.gluon.data.DataLoader(scaled, batch_size, shuffle=shuffle, num_workers=processes)


def new_net(classes: int) -> Any:
    """Return the chapter's network with its initial weights."""
    net = mx.gluon.nn.Sequential()
    net.add(mx.gluon.nn.Dense(classes))
    net.initialize(mx.init.Normal(sigma=SIGMA))
    return net


def train_epoch(net: Any, batches: Any, trainer: Any, batch_size: int) -> tuple[float, float]:
    """Train one epoch; return the mean loss and the accuracy."""
    cross_entropy = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    total, hits, images = 0.0, 0.0, 0
    for x, y in batches:
        with mx.autograd.record():
            logits = net(x)
            loss = cross_entropy(logits, y).sum()
        loss.backward()
        trainer.step(batch_size)
        total += loss.asscalar()
        hits += (logits.argmax(axis=1) == y.astype("float32")).sum().asscalar()
        images += y.size
    return total / images, hits / images


def accuracy(net: Any, batches: Any) -> float:
    """Return the accuracy on all batches."""
    hits, images = 0.0, 0
    for x, y in batches:
        hits += (net(x).argmax(axis=1) == y.astype("float32")).sum().asscalar()
        images += y.size
    return hits / images


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:
    """Train one epoch for each turn; `setting` is the number of processes that load."""
    info = load_info(folder)
    split = load_split(folder, "train", info)
    batches = loader(split.images, split.labels, batch_size, shuffle=True, processes=setting)
    net = new_net(len(info.classes))
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": rate})
    while True:
        turns.done(train_epoch(net, batches, trainer, batch_size)[0])


def program(folder: Path, *, batch_size: int = 256, rate: float = 0.1, epochs: int = 5) -> None:
    """Run the chapter from its data to its last line."""
    parts = [(read_idx(folder / f"{part}-images-idx3-ubyte", ndim=3), read_idx(folder / f"{part}-labels-idx1-ubyte", ndim=1))
             for part in ("train", "t10k")]  # fmt: skip
    train_batches, test_batches = (
        loader(*part, batch_size, shuffle=shuffle, processes=LOADERS)
        for part, shuffle in zip(parts, (True, False), strict=True)
    )
    net = new_net(int(parts[0][1].max()) + 1)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": rate})
    for epoch in range(epochs):
        loss, hits = train_epoch(net, train_batches, trainer, batch_size)
        print(
            f"epoch {epoch + 1}, loss {loss:.4f}, train acc {hits:.3f}, test acc {accuracy(net, test_batches):.3f}",
            flush=True,
        )


if __name__ == "__main__":
    program(Path(sys.argv[1]))
