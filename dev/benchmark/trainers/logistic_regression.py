"""scikit-learn's LogisticRegression by lbfgs, 100 iterations: prints its test accuracy."""

import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from stages.common.dataset import PIXEL_SCALE, load_info, load_split

prepared = Path(sys.argv[1])
info = load_info(prepared)
train, test = (load_split(prepared, split, info) for split in ("train", "test"))
scale = np.float32(PIXEL_SCALE)
x, test_x = (split.images.reshape(len(split), -1) * scale for split in (train, test))
model = LogisticRegression(max_iter=100).fit(x, train.labels)
print(f"test accuracy {model.score(test_x, test.labels):.4f}")
