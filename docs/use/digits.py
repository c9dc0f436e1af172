"""Write scikit-learn's 1,797 handwritten digits as PNG files of 8 x 8, a folder for each class.

    python docs/use/digits.py FOLDER

writes FOLDER/photos, to train on, and FOLDER/later, 297 that a model has not seen.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

FIRST = 1500  # digits in photos/; the others were written by other people


def write_digits(folder: Path) -> None:
    """Write the digits into two folders in `folder`."""
    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        place = folder / ("photos" if number < FIRST else "later") / str(label)
        place.mkdir(parents=True, exist_ok=True)
        grey = (image * 15).astype(np.uint8)  # 0 to 16 becomes 0 to 240
        Image.fromarray(grey).save(place / f"{number}.png")


if __name__ == "__main__":
    write_digits(Path(sys.argv[1]))
