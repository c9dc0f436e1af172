"""Pictures made for tests, each of a kind that people have."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

BLOCK = (30, 20, 70, 50)  # left, top, right, bottom of the object in `block`


def block(
    *, background: int = 250, level: int = 40, size: tuple[int, int] = (100, 80)
) -> Image.Image:
    """Return a grey block on a plain background."""
    picture = Image.new("RGB", size, (background,) * 3)
    picture.paste((level,) * 3, BLOCK)
    return picture


def bomb(path: Path, side: int) -> None:
    """Write a PNG of a few bytes whose header promises side x side pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = (
        chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def write_odd_pictures(folder: Path) -> dict[str, str]:
    """Write pictures of odd kinds; return what each refused one's reason begins with, by name."""
    folder.mkdir(parents=True)
    plain = block()
    rotated = plain.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    rotated.save(folder / "rotated.jpg", exif=exif, quality=95)
    clear = plain.convert("RGBA")
    clear.putalpha(plain.convert("L").point(lambda level: 0 if level > 128 else 255))
    clear.save(folder / "transparent.png")
    clear.convert("P").save(folder / "palette.gif", transparency=0)
    grey = np.asarray(plain.convert("L")).astype(np.uint16) * 257
    Image.fromarray(grey).save(folder / "16-bit.png")
    Image.fromarray(grey).save(folder / "16-bit.tif")
    Image.fromarray(grey).save(folder / "16-bit.pgm")
    Image.fromarray(65535 - grey).save(folder / "white-is-zero.tif", tiffinfo={262: 0})
    Image.fromarray(grey >> 4).save(folder / "12-bit.png")
    Image.fromarray(grey).save(folder / "16-bit-clear.png", transparency=int(grey[0, 0]))
    inverse = block(background=5, level=215)
    plain.save(folder / "animated.gif", save_all=True, append_images=[inverse])
    plain.convert("CMYK").save(folder / "cmyk.jpg")
    plain.convert("1").save(folder / "bilevel.png")
    Image.new("L", (1, 1), 7).save(folder / "one-pixel.png")
    Image.new("RGB", (3000, 1), "red").save(folder / "line.png")

    bomb(folder / "bomb.png", 12_000)
    bomb(folder / "larger-bomb.png", 60_000)
    whole = (folder / "16-bit.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("birds, Tuesday\n", encoding="utf-8")
    plain.save(folder / "program.eps")
    Image.fromarray(np.ones((9, 9), np.float32)).save(folder / "float.tif")
    Image.fromarray(grey).save(folder / "signed.tif", tiffinfo={339: 2})
    Image.new("LAB", (9, 9)).save(folder / "lab.tif")
    (folder / "images-idx3-ubyte.gz").write_bytes(gzip.compress(b"\0\0\x08\3"))
    np.savez(folder / "arrays.npz", grey)
    return {
        "bomb.png": "over 89,478,485 pixels",
        "larger-bomb.png": "over 89,478,485 pixels",
        "cut.png": "damaged",
        "empty.jpg": "not a picture",
        "notes.txt": "not a picture",
        "program.eps": "EPS is a program",
        "float.tif": "floating-point pixels",
        "signed.tif": "signed pixels",
        "lab.tif": "pixels in CIELAB",
        "images-idx3-ubyte.gz": "compressed with gzip",
        "arrays.npz": "a zip archive",
    }
