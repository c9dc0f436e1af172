"""Make the pictures of docs/use.md: drawings laid on made grounds, as a phone might see them.

    apt-get download openclipart-png && dpkg-deb -x openclipart-png_*.deb openclipart
    python docs/use/photographs.py openclipart

The drawings are from Debian's package openclipart-png and in the public domain. Light that falls
off, noise, blur, boards and shadows are computed here: no camera was there.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

CLOTHING = Path("usr/share/openclipart/png/people/clothing")
SHIRT, BOOT, SHOE = (
    "t-shirt_02.png",
    "hiking_boot_jarno_vasama_.png",
    "tennis_shoe_jarno_vasama_.png",
)
SIZE = (800, 600)


def paper(random: np.random.Generator) -> np.ndarray:
    """Return a sheet of paper [h, w, 3] whose light falls off to one side."""
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    light = 226 - 12 * x - 8 * y - 6 * (x**2 + y**2)
    return light[..., None] * (1.0, 0.985, 0.955) + random.normal(0, 1.5, (*light.shape, 1))


def boards(random: np.random.Generator) -> np.ndarray:
    """Return a wooden floor [h, w, 3]: boards of different browns, with grain and gaps."""
    grain = random.normal(0, 1, (SIZE[1], SIZE[0] // 40))
    grey = Image.fromarray((128 + 22 * grain).clip(0, 255).astype(np.uint8)).resize(SIZE)
    tone = np.asarray(grey, float) - 128
    width = 100
    for top in range(0, SIZE[1], width):
        tone[top : top + width] += random.normal(0, 14)
        tone[top : top + 3] -= 55
    return 150 + tone[..., None] + np.array([22, -10, -52])


def photograph(drawing: Image.Image, ground: np.ndarray, *, shadow: float) -> Image.Image:
    """Return a drawing [RGBA] laid on a ground, with its shadow to the lower right.

    Args:
        drawing: the object; its transparent border is cut off.
        ground: [h, w, 3], 0 to 255.
        shadow: how dark the shadow is, 0 to 1.
    """
    drawing = drawing.crop(drawing.getchannel("A").getbbox())
    drawing = ImageOps.contain(drawing, (440, 400), Image.Resampling.LANCZOS)
    place = (SIZE[0] - drawing.width) // 2 + 30, (SIZE[1] - drawing.height) // 2 - 15
    mask = Image.new("L", SIZE)
    mask.paste(drawing.getchannel("A"), (place[0] + 34, place[1] + 30))
    dark = np.asarray(mask.filter(ImageFilter.GaussianBlur(14)), float)[..., None] / 255
    picture = Image.fromarray((ground * (1 - shadow * dark)).clip(0, 255).astype(np.uint8))
    picture.paste(drawing, place, drawing)
    noise = np.random.default_rng(1).normal(0, 5, (SIZE[1], SIZE[0], 3))
    pixels = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.8)), float) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def main(package: Path) -> None:
    """Write the five pictures beside this file."""
    folder, random = Path(__file__).parent, np.random.default_rng(0)
    shirt, boot, shoe = (
        Image.open(package / CLOTHING / name).convert("RGBA") for name in (SHIRT, BOOT, SHOE)
    )
    boot, shoe = ImageOps.mirror(boot), ImageOps.mirror(shoe)  # toes to the left, as in the data
    for name, drawing, ground, shadow in (
        ("1-shirt.jpg", shirt, paper(random), 0.08),
        ("2-boot.jpg", boot, paper(random), 0.08),
        ("3-boot-turned.jpg", ImageOps.mirror(boot), paper(random), 0.08),
        ("4-boot-on-the-floor.jpg", boot, boards(random), 0.55),
        ("5-pale-shoe.jpg", shoe, paper(random), 0.08),
    ):
        photograph(drawing, ground, shadow=shadow).save(folder / name, quality=80)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
