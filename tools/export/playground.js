// The playground: a softmax regression that shows how it decides.
//
// H x W pixels, D = H * W; K classes; B blocks of pixels. A class's evidence at a pixel is weight *
// pixel * scale, and its logit is its bias plus the sum of its evidence, in double precision.

const data = JSON.parse(document.getElementById("data").textContent);
const { classes, examples, height: H, width: W } = data;
const D = H * W;
const weight = new Float32Array(bytesOf(data.weight).buffer); // [K, D]
const bias = new Float32Array(bytesOf(data.bias).buffer); // [K]
const images = bytesOf(data.images); // [examples, D]

// Blocks of pixels whose evidence is added in one step: about seven along the longer side.
const SIDE = Math.max(1, Math.round(Math.max(H, W) / 7));
const COLUMNS = Math.ceil(W / SIDE);
const B = COLUMNS * Math.ceil(H / SIDE);

const UNDO_STEPS = 50;
const STEP_MS = 90; // of "watch the sum", a block
const QUIET_MS = 600; // without a change, before a screen reader is told the answer
const NAME_HEIGHT = 16; // pixels between the names in the chart

const $ = (id) => document.getElementById(id);

const state = {
  pixels: new Uint8Array(D),
  example: null, // index of the test image that is shown, untouched
  source: "", // what the picture is, for people; of a file without an answer, why
  file: 0, // the number of the opened file whose picture is shown; 0 for none
  refused: "", // why there is no answer; "" when there is one
  pinned: null, // the class to explain; null for the likeliest
  order: "strongest", // in which blocks are added: strongest or reading
  step: B, // blocks added, of B
  cursor: { row: Math.floor(H / 2), column: Math.floor(W / 2), down: false },
};
const undo = [];

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

// ---- The model ---------------------------------------------------------------------------------

/** Return the evidence [D] of each pixel for a class. */
function evidenceOf(label, pixels) {
  const evidence = new Float64Array(D);
  for (let at = 0; at < D; at++) evidence[at] = weight[label * D + at] * pixels[at] * data.scale;
  return evidence;
}

/** Return the sum of a class's evidence in each block [B], in reading order. */
function blockSums(evidence) {
  const sums = new Float64Array(B);
  for (let at = 0; at < D; at++) sums[blockOf(at)] += evidence[at];
  return sums;
}

function blockOf(at) {
  const row = Math.floor(at / W);
  const column = at % W;
  return Math.floor(row / SIDE) * COLUMNS + Math.floor(column / SIDE);
}

/** Return the probabilities [K]; the largest exponent is 0, so that none overflows. */
function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Return all that the page shows about the picture: the likeliest classes, evidence and sums. */
function think() {
  const evidence = classes.map((_, label) => evidenceOf(label, state.pixels));
  const blocks = evidence.map(blockSums);
  const logits = evidence.map((each, label) =>
    each.reduce((sum, value) => sum + value, bias[label]),
  );
  const probabilities = softmax(logits);
  const ranking = [...classes.keys()].toSorted((a, b) => probabilities[b] - probabilities[a]);
  const chosen = state.pinned ?? ranking[0];
  const order = [...Array(B).keys()];
  if (state.order === "strongest") {
    order.sort((a, b) => Math.abs(blocks[chosen][b]) - Math.abs(blocks[chosen][a]));
  }
  // [K, B + 1]: a class's sum before the first block (its bias), after one, after two, ...
  const running = blocks.map((sums, label) => {
    let sum = bias[label];
    const add = (block) => {
      sum += sums[block];
      return sum;
    };
    return [sum, ...order.map(add)];
  });
  return { evidence, blocks, logits, probabilities, ranking, chosen, order, running };
}

// ---- Colours and canvases ----------------------------------------------------------------------

const AGAINST = [
  [20, 23, 28],
  [0, 114, 178],
  [168, 220, 255],
];
const FOR = [
  [20, 23, 28],
  [213, 94, 0],
  [255, 200, 145],
];

/** Return the colour of a share in [-1, 1]: from dark over the hue to its light tint. */
function hue(share) {
  const stops = share < 0 ? AGAINST : FOR;
  const place = Math.min(1, Math.abs(share)) * 2;
  const first = place < 1 ? 0 : 1;
  return stops[first].map((from, i) => from + (stops[first + 1][i] - from) * (place - first));
}

/** Colour the pixels of a canvas, each as `colour(at)` says: [red, green, blue]. */
function paint(canvas, colour) {
  if (canvas.width !== W || canvas.height !== H) [canvas.width, canvas.height] = [W, H];
  const context = canvas.getContext("2d");
  const image = context.createImageData(W, H);
  for (let at = 0; at < D; at++) image.data.set([...colour(at), 255], 4 * at);
  context.putImageData(image, 0, 0);
}

const grey = (pixels) => (at) => [pixels[at], pixels[at], pixels[at]];

/** Put a frame around pixels of a screen. */
function frame(element, row, column, height, width) {
  Object.assign(element.style, {
    top: `${(100 * row) / H}%`,
    left: `${(100 * column) / W}%`,
    height: `${(100 * Math.min(height, H - row)) / H}%`,
    width: `${(100 * Math.min(width, W - column)) / W}%`,
  });
  element.hidden = false;
}

// ---- Numbers and sentences ---------------------------------------------------------------------

function percent(share) {
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share < 1 && share >= 0.9995) return ">99.9%";
  return `${(100 * share).toFixed(1)}%`;
}

const brief = (name) => (name.length > 15 ? `${name.slice(0, 14)}…` : name);
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const plain = (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;

/** Return a new element with attributes, texts and elements in it. */
function make(tag, attributes, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

// ---- What is shown -----------------------------------------------------------------------------

let scheduled = false; // a frame in which the state will be shown
let telling; // the timer of the next sentence for screen readers

const rows = classes.map(makeRow);
const tiles = examples.map(makeTile);
const templates = classes.map(makeTemplate);

function makeRow(name, label) {
  const input = make("input", { type: "radio", name: "class", value: label });
  input.addEventListener("change", () => pin(label));
  const mark = make("small", {});
  const bar = make("i", {});
  const share = make("span", { class: "share" });
  const text = make("span", { class: "name", title: name }, name, mark);
  const element = make(
    "label",
    { class: "row" },
    input,
    text,
    make("span", { class: "bar" }, bar),
    share,
  );
  return { element, input, mark, bar, share };
}

function makeTile(example, index) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const pixels = images.subarray(index * D, (index + 1) * D);
  paint(canvas, grey(pixels));
  const name = describe(index);
  const input = make("input", { type: "radio", name: "example", value: index, "aria-label": name });
  input.addEventListener("change", () => pick(index));
  return { element: make("label", { class: "tile", title: name }, input, canvas), input };
}

function makeTemplate(name, label) {
  const largest = weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const canvas = make("canvas", { role: "img", "aria-label": `Weights of ${name}` });
  paint(canvas, (at) => hue(weight[label * D + at] / largest));
  const element = make("button", { type: "button", class: "tile" }, canvas, make("span", {}, name));
  element.addEventListener("click", () => pin(label));
  return element;
}

/** Return what a test image is, in words. */
function describe(index) {
  const { row, label } = examples[index];
  return `Test image ${row}: ${classes[label]}`;
}

const KINDS = {
  right: ["Right", "the right answers with the highest probability"],
  wrong: ["Wrong", "the wrong answers with the highest probability"],
  unsure: ["Unsure", "right or wrong, the two likeliest classes nearest to each other"],
};

function buildGallery() {
  for (const [kind, [title, rule]] of Object.entries(KINDS)) {
    const strip = make("div", { class: "strip" });
    examples.forEach((example, index) => {
      if (example.kind === kind) strip.append(tiles[index].element);
    });
    if (!strip.childElementCount) strip.append("none");
    const heading = make("h3", {}, `${title} `, make("span", {}, rule));
    $("gallery").append(make("div", { class: "kind" }, heading, strip));
  }
}

/** Show the picture, and what the model makes of it. */
function show() {
  scheduled = false;
  showPicture();
  $("bench").classList.toggle("refused", Boolean(state.refused));
  if (state.refused) return showNoAnswer();
  const thought = think();
  showAnswer(thought);
  showEvidence(thought);
  showSum(thought);
  drawChart(thought);
}

/** Show the state in the next frame, and tell it to screen readers when it has come to rest. */
function changed() {
  if (!scheduled) requestAnimationFrame(show);
  scheduled = true;
  clearTimeout(telling);
  telling = setTimeout(() => tell(state.refused ? state.source : answer(think())), QUIET_MS);
}

function tell(text) {
  $("status").textContent = text;
}

function answer({ probabilities, ranking: [first, second] }) {
  const shares = [first, second].map(
    (label) => `${classes[label]} ${percent(probabilities[label])}`,
  );
  return `${state.source}. The model says ${shares[0]}, then ${shares[1]}.`;
}

function showPicture() {
  paint($("picture"), grey(state.pixels));
  $("source").textContent = state.source;
  $("undo").disabled = !undo.length;
  tiles.forEach(({ input }, index) => {
    input.checked = index === state.example;
  });
}

function showNoAnswer() {
  $("winner").textContent = "No answer";
  $("share").textContent = "";
  $("margin").textContent = state.refused;
  rows.forEach(({ share }) => delete share.dataset.probability);
}

function showAnswer({ probabilities, ranking, chosen }) {
  const [first, second] = ranking;
  $("winner").textContent = classes[first];
  $("share").textContent = percent(probabilities[first]);
  $("margin").textContent = `then ${classes[second]}, ${percent(probabilities[second])}`;
  const truth = state.example === null ? null : examples[state.example].label;
  $("follow").checked = state.pinned === null;
  templates.forEach((template, label) => template.setAttribute("aria-pressed", label === chosen));
  rows.forEach(({ element, input, mark, bar, share }, label) => {
    element.classList.toggle("winner", label === first);
    input.checked = label === chosen;
    mark.textContent = label === truth ? "true class" : "";
    bar.style.transform = `scaleX(${probabilities[label]})`;
    share.textContent = percent(probabilities[label]);
    share.dataset.probability = probabilities[label];
  });
}

/** Show the evidence of the blocks added so far over the picture, on one scale for all classes. */
function showEvidence({ evidence, blocks, chosen, order }) {
  const added = new Set(order.slice(0, state.step));
  const most = evidence.reduce(
    (so, each) => each.reduce((s, value) => Math.max(s, Math.abs(value)), so),
    0,
  );
  paint($("evidence"), (at) => {
    const dim = 0.3 * state.pixels[at];
    const share = most && added.has(blockOf(at)) ? evidence[chosen][at] / most : 0;
    const strength = Math.sqrt(Math.abs(share)); // the root shows the small shares too
    const cover = Math.sqrt(strength);
    return hue(Math.sign(share) * strength).map((value) => dim + (value - dim) * cover);
  });
  $("explained").textContent = classes[chosen];
  $("scale").textContent = `up to ${most.toFixed(2)} a pixel`;
  $("evidence").setAttribute("aria-label", `Evidence for ${classes[chosen]} over the picture`);
  const last = order[state.step - 1];
  if (state.step === 0 || state.step === B) $("block").hidden = true;
  else frame($("block"), Math.floor(last / COLUMNS) * SIDE, (last % COLUMNS) * SIDE, SIDE, SIDE);
  $("caption").textContent = caption(blocks[chosen], order);
}

function caption(sums, order) {
  if (state.step === 0) return "Before the first block, the sum is the bias.";
  const done = `${state.step} of ${B} blocks of ${SIDE} × ${SIDE} pixels added`;
  if (state.step === B) return `${done}: the sum is the logit, exactly.`;
  return `${done}; the last one adds ${signed(sums[order[state.step - 1]])}.`;
}

function showSum({ evidence, probabilities, running, chosen, order }) {
  const added = new Set(order.slice(0, state.step));
  let [favour, against] = [0, 0];
  evidence[chosen].forEach((value, at) => {
    if (!added.has(blockOf(at))) return;
    if (value > 0) favour += value;
    else against += value;
  });
  const total = running[chosen][state.step];
  const lines = [
    ["", "bias", plain(bias[chosen])],
    ["for", "evidence for", signed(favour)],
    ["against", "evidence against", `−${Math.abs(against).toFixed(2)}`],
    ["total", state.step === B ? "logit" : "sum so far", plain(total)],
    ["", "softmax of all logits", percent(probabilities[chosen])],
  ];
  const cells = lines.flatMap(([kind, name, value]) => [
    make("span", { class: kind }, name),
    make("b", { class: kind }, value),
  ]);
  $("sum").replaceChildren(...cells);
  $("step").value = state.step;
  $("step").setAttribute("aria-valuetext", `${state.step} of ${B} blocks, sum ${plain(total)}`);
}

// ---- The chart of the sums ---------------------------------------------------------------------

function svg(tag, attributes, ...content) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

/** Draw each class's sum against the blocks added; what is still to be added is faint. */
function drawChart({ running, chosen, ranking }) {
  const chart = $("chart");
  const [width, height] = [chart.clientWidth, chart.clientHeight];
  const [left, right, top, bottom] = [44, width - Math.min(130, width / 3), 8, height - 24];
  const values = running.flat();
  const [low, high] = [Math.min(...values, 0), Math.max(...values, 0)];
  const x = (step) => left + ((right - left) * step) / B;
  const y = (value) => bottom - ((bottom - top) * (value - low)) / (high - low || 1);
  const line = (label) => {
    const points = running[label].map(
      (value, step) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`,
    );
    return svg("path", { d: `M${points.join("L")}`, class: label === chosen ? "chosen" : "" });
  };
  const lines = () => [...ranking.filter((label) => label !== chosen), chosen].map(line);
  const clip = svg(
    "clipPath",
    { id: "done" },
    svg("rect", { x: 0, y: -9, width: x(state.step), height: height + 18 }),
  );
  const axis = svg("line", { class: "axis", x1: left, x2: right, y1: y(0), y2: y(0) });
  const sum = running[chosen][state.step];
  const dot = svg("circle", { cx: x(state.step), cy: y(sum), r: 6 });
  const label = (text, at, line_, anchor, kind = "") =>
    svg("text", { x: at, y: line_, "text-anchor": anchor, class: kind }, text);
  // The names at the right ends, from top to bottom: as many of the likeliest classes as fit.
  const fitting = new Set(ranking.slice(0, Math.floor((bottom - top) / NAME_HEIGHT)));
  const named = ranking.filter((each) => each === chosen || fitting.has(each));
  const places = spread(
    named.map((each) => y(running[each][B]) + 4),
    bottom + 4,
  );
  const names = named.map((each, at) =>
    label(brief(classes[each]), right + 10, places[at], "start", each === chosen ? "chosen" : ""),
  );
  const ticks = [...new Set([low, 0, high])].map((value) =>
    label(plain(value), left - 8, y(value) + 4, "end"),
  );
  chart.replaceChildren(
    clip,
    axis,
    ...ticks,
    svg("g", { class: "future" }, ...lines()),
    svg("g", { "clip-path": "url(#done)" }, ...lines()),
    dot,
    ...names,
    label("bias", left, height - 4, "start"),
    label(`all ${B} blocks`, right, height - 4, "end"),
  );
  chart.setAttribute(
    "aria-label",
    `The sum for ${classes[chosen]} is ${plain(sum)} after ${state.step} of ${B} blocks`,
  );
}

/** Return the places of the names at the ends of the lines, moved apart where they would touch. */
function spread(wanted, lowest) {
  const places = [];
  for (const place of wanted)
    places.push(Math.max(place, (places.at(-1) ?? -Infinity) + NAME_HEIGHT));
  let limit = lowest;
  for (let at = places.length - 1; at >= 0; at--) {
    places[at] = Math.min(places[at], limit);
    limit = places[at] - NAME_HEIGHT;
  }
  return places;
}

// ---- What people do ----------------------------------------------------------------------------

/** Replace the picture; the one before can be had again. */
function replace(pixels, source, { example = null, file = 0, refused = "" } = {}) {
  remember();
  state.pixels.set(pixels);
  Object.assign(state, { source, example, file, refused });
  changed();
}

function remember() {
  const { pixels, source, example, file, refused } = state;
  undo.push({ pixels: pixels.slice(), source, example, file, refused });
  if (undo.length > UNDO_STEPS) undo.shift();
}

function pick(index) {
  replace(images.subarray(index * D, (index + 1) * D), describe(index), { example: index });
}

/** Explain a class; null for whichever is likeliest. */
function pin(label) {
  state.pinned = label;
  changed();
}

// ---- Drawing -----------------------------------------------------------------------------------

/** Draw or erase a round dab; its edge is soft, as in a picture that was made smaller. */
function dab(row, column) {
  const radius = Math.max(0.5, (Number($("size").value) * Math.max(H, W)) / 56);
  const ink = data.background > 127 ? 0 : 255;
  const erase = document.querySelector("[name=pen]:checked").value === "erase";
  const [from, to] = erase ? [ink, data.background] : [data.background, ink];
  state.pixels.forEach((now, at) => {
    const distance = Math.hypot(Math.floor(at / W) - row, (at % W) - column);
    const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
    const value = Math.round(from + cover * (to - from));
    // The soft edge of one dab leaves alone what another has covered more.
    if (Math.abs(value - to) < Math.abs(now - to)) state.pixels[at] = value;
  });
}

function startStroke() {
  remember();
  Object.assign(state, { source: "Your drawing", example: null, file: 0, refused: "" });
}

function followPointer() {
  const canvas = $("picture");
  let last = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      row: ((event.clientY - box.top) / box.height) * H - 0.5,
      column: ((event.clientX - box.left) / box.width) * W - 0.5,
    };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    $("cursor").hidden = true;
    startStroke();
    last = place(event);
    dab(last.row, last.column);
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last || !event.isPrimary) return;
    const next = place(event);
    drawLine(last, next);
    last = next;
    changed();
  });
  const end = () => {
    last = null;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}

/** Dab along a line, twice a pixel: the pointer is seen at some places only. */
function drawLine(from, to) {
  const dabs = Math.ceil(2 * Math.hypot(to.row - from.row, to.column - from.column)) || 1;
  for (let n = 1; n <= dabs; n++) {
    dab(
      from.row + ((to.row - from.row) * n) / dabs,
      from.column + ((to.column - from.column) * n) / dabs,
    );
  }
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Let the keyboard draw: the same pen, led by arrow keys. */
function followKeys() {
  const { cursor } = state;
  const step = ([down, right], far) => {
    const from = { ...cursor };
    cursor.row = Math.min(H - 1, Math.max(0, cursor.row + far * down));
    cursor.column = Math.min(W - 1, Math.max(0, cursor.column + far * right));
    if (!cursor.down) return tell(`Row ${cursor.row + 1}, column ${cursor.column + 1}`);
    drawLine(from, cursor);
    changed();
  };
  const press = () => {
    startStroke();
    dab(cursor.row, cursor.column);
    changed();
  };
  const lift = () => {
    cursor.down = false;
  };
  const keys = {
    " ": press,
    Enter: () => {
      cursor.down = !cursor.down;
      if (cursor.down) press();
      tell(cursor.down ? "Pen down" : "Pen up");
    },
    Escape: lift,
    Delete: clear,
    Backspace: clear,
  };
  $("picture").addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move && !keys[event.key]) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (move) step(move, event.shiftKey ? 10 : 1);
    else keys[event.key]();
    frame($("cursor"), cursor.row, cursor.column, 1, 1);
  });
  $("picture").addEventListener("blur", () => {
    lift();
    $("cursor").hidden = true;
  });
}

function clear() {
  replace(new Uint8Array(D).fill(data.background), "An empty picture");
}

function takeBack() {
  if (!undo.length) return;
  const { pixels, ...others } = undo.pop();
  state.pixels.set(pixels);
  Object.assign(state, others);
  changed();
}

// ---- Pictures that people bring ----------------------------------------------------------------

const { fit, readPicture, Refusal } = globalThis.fitting; // fitting.js
const opened = { number: 0, name: "", picture: null }; // the last file

async function open(file) {
  opened.number += 1;
  opened.name = file.name || "The picture";
  opened.picture = null;
  try {
    opened.picture = await readPicture(file, data.max_pixels);
  } catch (problem) {
    return refuse(problem);
  }
  prepare();
}

/** Show the opened picture as the model's input: the object alone, or all of it. */
function prepare() {
  const { number, name, picture } = opened;
  try {
    const { pixels, notes } = fit(picture, H, W, $("cut").checked ? "object" : "whole");
    replace(pixels, [name, ...notes].join(": "), { file: number });
  } catch (problem) {
    refuse(problem);
  }
}

/** Show why the opened file has no answer. */
function refuse(problem) {
  if (!(problem instanceof Refusal)) throw problem;
  const { number, name, picture } = opened;
  const empty = new Uint8Array(D).fill(data.background);
  const file = picture ? number : 0; // other steps may find something in it
  replace(empty, `${name}: ${problem.message}`, { file, refused: problem.message });
}

/** Show that a picture may be dropped. */
function invite(on) {
  document.body.classList.toggle("dropping", on);
}

function acceptFiles() {
  $("file").addEventListener("change", () => {
    if ($("file").files.length) open($("file").files[0]);
    $("file").value = ""; // the same file can be chosen again
  });
  $("cut").addEventListener("change", () => {
    if (state.file && state.file === opened.number) prepare();
  });
  addEventListener("dragover", (event) => {
    event.preventDefault(); // or the browser would not let it drop here
    invite(true);
  });
  addEventListener("dragleave", (event) => invite(Boolean(event.relatedTarget)));
  addEventListener("drop", (event) => {
    event.preventDefault();
    invite(false);
    if (event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) open(event.clipboardData.files[0]);
  });
}

// ---- Adding the evidence up --------------------------------------------------------------------

let playing;

function stop() {
  clearInterval(playing);
  playing = undefined;
  $("play").textContent = "Watch the sum";
}

function play() {
  if (playing) return stop();
  if (state.step === B) state.step = 0;
  $("play").textContent = "Pause";
  playing = setInterval(() => {
    state.step = Math.min(B, state.step + 1);
    changed();
    if (state.step === B) stop();
  }, STEP_MS);
  changed();
}

function followSteps() {
  $("step").max = B;
  $("step").addEventListener("input", () => {
    stop();
    state.step = Number($("step").value);
    changed();
  });
  $("play").addEventListener("click", play);
  for (const input of document.querySelectorAll("[name=order]")) {
    input.addEventListener("change", () => {
      state.order = input.value;
      changed();
    });
  }
}

// ---- Start -------------------------------------------------------------------------------------

function start() {
  document.documentElement.style.setProperty("--ratio", `${W} / ${H}`);
  $("cut").checked = data.steps === "object";
  rows.forEach(({ element }) => $("classes").append(element));
  $("templates").append(...templates);
  buildGallery();
  followPointer();
  followKeys();
  followSteps();
  acceptFiles();
  $("undo").addEventListener("click", takeBack);
  $("clear").addEventListener("click", clear);
  $("follow").addEventListener("change", () => pin($("follow").checked ? null : think().chosen));
  addEventListener("keydown", (event) => {
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) takeBack();
  });
  new ResizeObserver(changed).observe($("chart"));
  const first = examples.findIndex((example) => example.kind === "unsure");
  if (first < 0) clear();
  else pick(first);
  undo.length = 0;
  show();
  document.documentElement.classList.add("ready");
}

start();
