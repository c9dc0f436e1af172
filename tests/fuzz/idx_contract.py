"""What the IDX reader promises for any bytes at all, checked by the fuzz harness and by the suite alike."""

import numpy as np

from stages.common.errors import DataError
from stages.common.sources.idx import parse_idx
from tests.support.synthetic import idx_bytes


def parse_or_refuse(content: bytes, ndim: int) -> np.ndarray | None:
    """Return the array that `content` holds, or None where it is refused; anything else fails.

    An array must give back the very bytes it was read from, as a view of them; a refusal is one short line.
    """
    values, refusal = None, ""
    try:
        values = parse_idx(content, ndim=ndim, name="fuzz")
    except DataError as error:
        refusal = str(error)
    if values is None:
        assert refusal
        assert "\n" not in refusal
        assert len(refusal) < 200
        return None
    assert values.dtype == np.uint8
    assert values.ndim == ndim
    assert not values.flags.owndata
    assert idx_bytes(values) == content
    return values
