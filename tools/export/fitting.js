// Pictures that people bring, as images of the model: H x W levels, 0 is black and 255 is white.
//
// docs/use.md has the steps. tools/pictures/ has the same ones in Python, in functions of the same
// names, and a test compares the two. A raster is { values, height, width, depth }: its values
// [height, width, depth] are levels, and its depth is 1 for grey or 3 for colours.

const SEARCH = 128; // pixels of the longer side: the object is looked for where noise is averaged
const CLOSE = 0.05; // a colour this near to the background's is background; 1 is black to white
const SPREAD = 3; // times the border's own median distance from that colour is background, too
const HALF = 127.5; // a level above is light
const MOST = 0.75; // of a border that is light

/** Why a file gives no image, for people. */
class Refusal extends Error {}

/** Return the picture in a file as a raster of colours; `clear` when parts are transparent. */
async function readPicture(file, maxPixels) {
  let bitmap;
  try {
    // Levels as the file has them, whatever its colour profile.
    const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
    bitmap = await createImageBitmap(file, options);
  } catch {
    throw new Refusal("not a picture that this browser can read");
  }
  const { height, width } = bitmap;
  if (height * width > maxPixels) {
    throw new Refusal(`over ${maxPixels.toLocaleString("en")} pixels; make it smaller first`);
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const picture = layOnContrast(context.getImageData(0, 0, width, height).data);
  if (picture.values.every((level) => level <= 16) && (await isDeep(file))) {
    throw new Refusal("16 bits, of which most are not in use: make predict can read it");
  }
  return { ...picture, height, width };
}

/** Return whether a file is a PNG of 16-bit grey, of which a canvas keeps 8 bits. */
async function isDeep(file) {
  const start = new Uint8Array(await file.slice(0, 26).arrayBuffer());
  const isPng = String.fromCharCode(...start.subarray(1, 4)) === "PNG";
  return isPng && start[24] === 16 && start[25] === 0; // bits and colour type of its header
}

/** Lay RGBA on white where it is transparent; on black if what is seen of it is light. */
function layOnContrast(rgba) {
  let [light, cover] = [0, 0];
  for (let at = 0; at < rgba.length; at += 4) {
    light += rgba[at + 3] * luma(rgba[at], rgba[at + 1], rgba[at + 2]);
    cover += rgba[at + 3];
  }
  const level = light > HALF * cover ? 0 : 255;
  const values = new Uint8ClampedArray((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3];
    for (let channel = 0; channel < 3; channel++) {
      values[to + channel] = (rgba[from + channel] * alpha + level * (255 - alpha)) / 255;
    }
  }
  return { values, depth: 3, clear: 4 * cover < 255 * rgba.length };
}

/** Return the grey level of a colour (ITU-R 601), in whole numbers as Pillow does. */
function luma(red, green, blue) {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

function greyOf({ values, height, width }) {
  const grey = new Uint8Array(height * width);
  for (let at = 0, from = 0; at < grey.length; at++, from += 3) {
    grey[at] = luma(values[from], values[from + 1], values[from + 2]);
  }
  return { values: grey, height, width, depth: 1 };
}

/** Return a picture as an image { pixels, notes }; the notes say what was done with it. */
function fit(picture, height, width, steps) {
  const notes = [];
  let pixels = asItIs(picture, height, width);
  if (!pixels) {
    pixels = (steps === "object" ? cutOut : fitWhole)(picture, height, width);
  } else if (steps === "object") {
    const border = borderOf({ values: pixels, height, width, depth: 1 });
    if (border.filter((value) => value > HALF).length >= MOST * border.length) {
      pixels = pixels.map((value) => 255 - value);
      notes.push("of the model's size on a light background: inverted");
    }
  }
  if (pixels.every((value) => value === pixels[0])) {
    throw new Refusal(`blank: all of its image has the level ${pixels[0]}`);
  }
  return { pixels, notes };
}

/** Return the pixels of a grey picture of exactly the image's size; null of any other. */
function asItIs(picture, height, width) {
  if (picture.height !== height || picture.width !== width || picture.clear) return null;
  for (let at = 0; at < picture.values.length; at += 3) {
    const colour = picture.values.subarray(at, at + 3);
    if (Math.max(...colour) - Math.min(...colour) > 1) return null;
  }
  return greyOf(picture).values;
}

/** Return the object of a picture on black. */
function cutOut(picture, height, width) {
  const { level, box } = findObject(picture);
  const raster = average(greyOf(picture), box, ...sizeIn(box, height, width));
  const isLight = level > HALF;
  const black = isLight ? 255 - level : level;
  raster.values = raster.values.map((value) => {
    const bright = isLight ? 255 - value : value;
    return Math.min(255, Math.max(0, ((bright - black) * 255) / (255 - black)));
  });
  if (raster.values.every((value) => value <= 0.5)) {
    throw new Refusal("blank: nothing in it stands out from its background");
  }
  return centred(raster, height, width, 0);
}

/** Return the grey level of a picture's background, and the box of what stands out from it. */
function findObject(picture) {
  const all = wholeOf(picture);
  const scale = Math.min(1, SEARCH / Math.max(picture.height, picture.width));
  const [height, width] = [rounded(picture.height * scale), rounded(picture.width * scale)];
  const small = withoutSpecks(average(picture, all, height, width));
  const border = borderOf(small); // of colours, one after the other
  const background = [0, 1, 2].map((channel) =>
    median(border.filter((_, at) => at % 3 === channel)),
  );
  const distances = new Float64Array(height * width).map((_, at) => {
    const squares = background.map((value, channel) => (small.values[3 * at + channel] - value) ** 2);
    return Math.sqrt((squares[0] + squares[1] + squares[2]) / 3) / 255;
  });
  const spread = median(borderOf({ values: distances, height, width, depth: 1 }));
  const found = boundsOf(distances, width, Math.max(CLOSE, SPREAD * spread));
  const [red, green, blue] = background;
  const level = 0.299 * red + 0.587 * green + 0.114 * blue;
  if (!found) return { level, box: all };
  const [across, down] = [picture.width / width, picture.height / height];
  const { left, top, right, bottom } = found;
  return {
    level,
    box: { left: left * across, top: top * down, right: right * across, bottom: bottom * down },
  };
}

const wholeOf = ({ height, width }) => ({ left: 0, top: 0, right: width, bottom: height });

/** Return the smallest box around the distances above a limit; null when there is none. */
function boundsOf(distances, width, limit) {
  let box = null;
  distances.forEach((distance, at) => {
    if (distance <= limit) return;
    const [row, column] = [Math.floor(at / width), at % width];
    box ??= { left: column, top: row, right: 0, bottom: 0 };
    box.left = Math.min(box.left, column);
    box.right = Math.max(box.right, column + 1);
    box.bottom = row + 1;
  });
  return box;
}

/** Return all of a picture in grey, as large as fits; the rest has the median of its border. */
function fitWhole(picture, height, width) {
  const box = wholeOf(picture);
  const raster = average(greyOf(picture), box, ...sizeIn(box, height, width));
  return centred(raster, height, width, median(borderOf(raster)));
}

/** Return the part of a raster in a box, averaged over areas; see average() in resampling.py. */
function average({ values, height: h, width: w, depth }, box, height, width) {
  const row = w * depth;
  const tall = new Float64Array(height * row);
  sharesOf(h, box.top, box.bottom, height).forEach(({ first, shares }, to) => {
    shares.forEach((share, number) => {
      const from = (first + number) * row;
      for (let at = 0; at < row; at++) tall[to * row + at] += share * values[from + at];
    });
  });
  const means = new Float64Array(height * width * depth);
  sharesOf(w, box.left, box.right, width).forEach(({ first, shares }, to) => {
    shares.forEach((share, number) => {
      for (let line = 0; line < height; line++) {
        for (let channel = 0; channel < depth; channel++) {
          means[(line * width + to) * depth + channel] +=
            share * tall[line * row + (first + number) * depth + channel];
        }
      }
    });
  });
  return { values: means, height, width, depth };
}

/** Return, for each of `count` parts of a line of pixels, the first pixel and the shares of all. */
function sharesOf(pixels, start, end, count) {
  const step = (end - start) / count;
  const half = Math.max(step, 1) / 2;
  return Array.from({ length: count }, (_, number) => {
    const middle = start + (number + 0.5) * step;
    const [low, high] = [Math.max(middle - half, 0), Math.min(middle + half, pixels)];
    const first = Math.floor(low);
    const shares = Array.from({ length: Math.ceil(high) - first }, (__, at) => {
      const pixel = first + at;
      return (Math.min(pixel + 1, high) - Math.max(pixel, low)) / (high - low);
    });
    return { first, shares };
  });
}

/** Return the median of each 3 x 3 pixels, in whole levels; borders are repeated. */
function withoutSpecks({ values, height, width, depth }) {
  const near = [-1, 0, 1];
  const medians = values.map((_, at) => {
    const [pixel, channel] = [Math.floor(at / depth), at % depth];
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    const nine = near.flatMap((down) =>
      near.map((right) => {
        const place = within(row + down, height) * width + within(column + right, width);
        return whole(values[place * depth + channel]);
      }),
    );
    return nine.toSorted((a, b) => a - b)[4];
  });
  return { values: medians, height, width, depth };
}

/** Return the values of the outermost pixels, each once. */
function borderOf({ values, height, width, depth }) {
  return values.filter((_, at) => {
    const pixel = Math.floor(at / depth);
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    return row === 0 || column === 0 || row === height - 1 || column === width - 1;
  });
}

function median(numbers) {
  const sorted = numbers.toSorted(); // typed arrays are sorted as numbers
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Return the [height, width] of what is in a box, made as large as fits into an image. */
function sizeIn({ left, top, right, bottom }, height, width) {
  const scale = Math.min(height / (bottom - top), width / (right - left));
  return [rounded((bottom - top) * scale), rounded((right - left) * scale)];
}

const rounded = (size) => Math.max(1, whole(size));
const whole = (value) => Math.floor(value + 0.5);
const within = (place, size) => Math.min(size - 1, Math.max(0, place));

/** Return a raster of grey in the middle of an image [height, width] of one level. */
function centred({ values, height: h, width: w }, height, width, fill) {
  const pixels = new Uint8Array(height * width).fill(whole(fill));
  const [top, left] = [(height - h) >> 1, (width - w) >> 1];
  values.forEach((value, at) => {
    pixels[(top + Math.floor(at / w)) * width + left + (at % w)] = whole(value);
  });
  return pixels;
}

globalThis.fitting = { fit, readPicture, Refusal };
