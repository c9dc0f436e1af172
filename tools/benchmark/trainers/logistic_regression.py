"""scikit-learn's LogisticRegression by lbfgs, 100 iterations: `python -m ... FOLDER`.

It fits on the training split of the prepared dataset in FOLDER, and prints its test accuracy.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from stages.common.dataset import PIXEL_SCALE, load_info, load_split

if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)  # 100 iterations are asked for
    prepared = Path(sys.argv[1])
    info = load_info(prepared)
    train, test = (load_split(prepared, split, info) for split in ("train", "test"))
    scale = np.float32(PIXEL_SCALE)
    x, test_x = (split.images.reshape(len(split), -1) * scale for split in (train, test))
    model = LogisticRegression(max_iter=100).fit(x, train.labels)
    print(f"test accuracy {model.score(test_x, test.labels):.4f}")
