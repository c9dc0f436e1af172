"""The chapter's own loop in Gluon: a DataLoader that scales image by image, results read each step.

`python -m dev.benchmark.trainers.chapter FOLDER` is the chapter's program: the four IDX files of
FOLDER, five epochs, each with the held-out accuracy.
"""

import sys
from pathlib import Path
from typing import Any

from dev.benchmark.worker import Turns
from stages.common.dataset import Split, load_info, load_split
from stages.common.gluon.mx import mx
from stages.common.idx import read_idx


def loader(split: Split, batch_size: int, *, shuffle: bool, processes: int) -> Any:
    """Return a DataLoader of a split, as the chapter makes it."""
    images = mx.nd.array(split.images[..., None], dtype="uint8")
    dataset = mx.gluon.data.ArrayDataset(images, split.labels.astype("int32"))
    scaled = dataset.transform_first(mx.gluon.data.vision.transforms.ToTensor())
    return mx.gluon.data.DataLoader(scaled, batch_size, shuffle=shuffle, num_workers=processes)


def new_net(classes: int, rate: float) -> tuple[Any, Any]:
    """Return the chapter's network with its initial weights, and its trainer."""
    net = mx.gluon.nn.Sequential()
    net.add(mx.gluon.nn.Dense(classes))
    net.initialize(mx.init.Normal(sigma=0.01))
    return net, mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": rate})


def train_epoch(net: Any, trainer: Any, batches: Any, batch_size: int) -> tuple[float, float]:
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
        hits += _hits(logits, y)
        images += y.size
    return total / images, hits / images


def _hits(logits: Any, y: Any) -> float:
    return (logits.argmax(axis=1) == y.astype("float32")).sum().asscalar()


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:
    """Train one epoch for each turn; `setting` is the number of processes that load."""
    info = load_info(folder)
    split = load_split(folder, "train", info)
    batches = loader(split, batch_size, shuffle=True, processes=setting)
    net, trainer = new_net(len(info.classes), rate)
    while True:
        turns.done(train_epoch(net, trainer, batches, batch_size)[0])


def program(folder: Path) -> None:
    """Run the chapter from its data to its last line."""
    kinds = {"images-idx3": 3, "labels-idx1": 1}
    train, test = (
        Split(*(read_idx(folder / f"{part}-{kind}-ubyte", ndim=n) for kind, n in kinds.items()))
        for part in ("train", "t10k")
    )
    train_batches = loader(train, 256, shuffle=True, processes=4)
    test_batches = loader(test, 256, shuffle=False, processes=4)
    net, trainer = new_net(int(train.labels.max()) + 1, 0.1)
    for epoch in range(1, 6):
        loss, accuracy = train_epoch(net, trainer, train_batches, 256)
        held_out = sum(_hits(net(x), y) for x, y in test_batches) / len(test)
        print(f"epoch {epoch}, loss {loss:.4f}, train {accuracy:.3f}, test {held_out:.3f}")


if __name__ == "__main__":
    program(Path(sys.argv[1]))
