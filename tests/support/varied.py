"""Pictures of every kind that people bring, made by code: what is taken, and what is refused."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Size = tuple[int, int]


def thing(size: Size, *, back: str = "white", ink: str = "black") -> Image.Image:
    """Return something like a shoe: a shaft, a foot and a sole, off the middle."""
    picture = Image.new("RGB", size, back)
    draw = ImageDraw.Draw(picture)
    width, height = size

    def place(*shares: float) -> list[float]:
        return [share * (width, height)[at % 2] for at, share in enumerate(shares)]

    draw.polygon(place(0.5, 0.2, 0.7, 0.2, 0.75, 0.7, 0.2, 0.7, 0.25, 0.55, 0.45, 0.5), fill=ink)
    draw.rectangle(place(0.18, 0.7, 0.77, 0.76), fill="grey")
    return picture


def photograph(size: Size, *, seed: int) -> Image.Image:
    """Return a thing on warm paper, with light that falls off, blur and noise."""
    random = np.random.default_rng(seed)
    width, height = size
    light = 210 - np.linspace(0, 25, width)[None, :] - np.linspace(0, 10, height)[:, None]
    cover = np.asarray(thing(size).convert("L"), float)[..., None] / 255
    pixels = light[..., None] * (1.0, 0.98, 0.94) * (0.25 + 0.75 * cover)
    blurred = Image.fromarray(pixels.astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    noisy = np.asarray(blurred, float) + random.normal(0, 4, pixels.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def pattern(size: Size) -> Image.Image:
    """Return a thing on stripes."""
    stripes = 150 + 70 * (np.arange(size[1]) // 9 % 2)
    picture = Image.fromarray(np.repeat(stripes[:, None], size[0], axis=1).astype(np.uint8))
    picture = picture.convert("RGB")
    ink = thing(size).convert("L").point(lambda level: 255 if level < 200 else 0)
    picture.paste((30, 40, 90), None, ink)
    return picture


def icon(size: Size, level: int) -> Image.Image:
    """Return a thing of one level on transparency, its edges half transparent."""
    alpha = thing(size, back="black", ink="white").convert("L").filter(ImageFilter.GaussianBlur(2))
    made = Image.new("RGBA", size, (level, level, level, 0))
    made.putalpha(alpha)
    return made


def write_varied(folder: Path) -> list[Path]:
    """Write pictures that a model of 28 x 28 pixels takes; return their paths."""
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    small = thing((28, 28), back="black", ink="white").convert("L")
    deep = np.asarray(photograph((300, 200), seed=3).convert("L")).astype(np.uint16) * 257
    made: dict[str, tuple[Image.Image, dict[str, object]]] = {
        "photo.jpg": (photograph((800, 600), seed=0), {"quality": 85}),
        "photo.png": (photograph((333, 500), seed=1), {}),
        "turned.jpg": (photograph((500, 700), seed=2), {"exif": exif}),
        "large.jpg": (photograph((600, 400), seed=4).resize((6000, 4000)), {"quality": 90}),
        "progressive.jpg": (photograph((901, 601), seed=5), {"progressive": True}),
        "dark on white.png": (thing((300, 200)), {}),
        "white on dark.png": (thing((200, 300), back="#101820", ink="#f0f0e8"), {}),
        "red on blue.gif": (thing((120, 90), back="#2030c0", ink="#c02020"), {}),
        "wide.bmp": (thing((400, 90)), {}),
        "tall.webp": (thing((90, 400)), {"quality": 80}),
        "black icon.png": (icon((128, 128), 0), {}),
        "white icon.png": (icon((128, 128), 255), {}),
        "grey icon.webp": (icon((64, 96), 90), {"lossless": True}),
        "striped.png": (pattern((420, 300)), {}),
        "striped.jpg": (pattern((640, 480)), {}),
        "prepared.png": (small, {}),
        "prepared in colours.png": (small.convert("RGB"), {}),
        "prepared on white.png": (small.point(lambda level: 255 - level), {}),
        "prepared noise.webp": (Image.fromarray(noise), {"lossless": True}),
        "colourful 28.png": (thing((28, 28), back="#e0e0ff", ink="#400000"), {}),
        "tiny.png": (thing((5, 5)), {}),
        "one pixel high.png": (thing((70, 5)).crop((0, 2, 70, 3)), {}),
        "16 bits.png": (Image.fromarray(deep), {}),
        "palette.png": (thing((99, 77)).quantize(16), {}),
    }
    for name, (picture, options) in made.items():
        picture.save(folder / name, **options)  # type: ignore[arg-type]
    return [folder / name for name in made]


def write_refused(folder: Path) -> dict[Path, str]:
    """Write files that give no image; return what the reasons begin with, where predict's do."""
    folder.mkdir()
    Image.new("RGB", (90, 60), "white").save(folder / "white.png")
    Image.new("RGBA", (90, 60), (9, 9, 9, 0)).save(folder / "clear.png")
    Image.new("L", (28, 28), 7).save(folder / "blank 28.png")
    Image.new("L", (9500, 9500)).save(folder / "huge.png")
    (folder / "notes.txt").write_text("birds, Tuesday\n", encoding="utf-8")
    (folder / "empty.jpg").touch()
    for kind in ("png", "jpg", "webp", "gif"):
        path = folder / f"cut.{kind}"
        photograph((300, 200), seed=0).save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    alike = dict.fromkeys(("white.png", "clear.png", "blank 28.png"), "blank: ")
    alike["huge.png"] = "over 89,478,485 pixels; make it smaller first"
    return {path: alike.get(path.name, "") for path in sorted(folder.iterdir())}
