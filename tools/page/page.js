// What every page does. Charts need vegaEmbed.
"use strict";

(() => {
  // Says of a table that more of it lies to the right.
  for (const box of document.querySelectorAll(".scroll")) {
    const show = () => {
      const hidden = box.scrollWidth - box.clientWidth - box.scrollLeft;
      box.classList.toggle("cut", hidden > 4);
    };
    box.addEventListener("scroll", show, { passive: true });
    new ResizeObserver(show).observe(box);
  }

  // Two sliders that keep a range of an axis, as a drag along it does.
  function sliders(view, axis, at) {
    const last = axis.places.length - 1;
    const ends = ["at least", "at most"].map((word, end) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: 0, max: last, value: end * last });
      label.append(`${axis.name} ${word} `, document.createElement("b"), input);
      return { label, input };
    });
    const show = () => {
      for (const { label, input } of ends) {
        const text = axis.texts[input.value];
        label.querySelector("b").textContent = text;
        input.setAttribute("aria-valuetext", text);
      }
    };
    const keep = ({ target }) => {
      const [low, high] = ends.map(({ input }) => Number(input.value));
      if (low > high) ends.forEach(({ input }) => { input.value = target.value; });
      const [from, to] = ends.map(({ input }) => Number(input.value));
      const all = from === 0 && to === last;
      view.signal(`range${at}`, all ? null : [axis.places[from], axis.places[to]]).run();
      show();
    };
    view.addSignalListener(`range${at}`, (_, range) => {
      const inside = [...axis.places.keys()].filter(
        (each) => !range || (axis.places[each] >= range[0] && axis.places[each] <= range[1]),
      );
      if (inside.length > 0) ends.forEach(({ input }, end) => { input.value = inside.at(-end); });
      show();
    });
    for (const { input } of ends) input.addEventListener("input", keep);
    show();
    return last ? ends.map(({ label }) => label) : [];
  }

  // Under the params together: how many lines the brushes leave, and the best of them.
  function follow(view, axes, section) {
    const line = section.querySelector("output");
    const clear = section.querySelector("button");
    const all = view.data("trials").length;
    const show = () => {
      const chosen = view.data("chosen");
      const best = chosen.reduce((a, b) => (a && a.worse < b.worse ? a : b), null);
      line.textContent = `${chosen.length} of ${all} ${line.dataset.many}`
        + (best ? `; the best: ${best.about}` : "");
      clear.disabled = chosen.length === all;
    };
    view.addDataListener("chosen", show);
    clear.onclick = () => {
      axes.forEach((_, at) => view.signal(`range${at}`, null));
      view.run();
    };
    section.querySelector(".sliders").replaceChildren(
      ...axes.flatMap((axis, at) => sliders(view, axis, at)),
    );
    // A drag along an axis must not scroll the page.
    view.container().style.touchAction = view.signal("narrow") ? "pan-y" : "pan-x";
    show();
  }

  async function draw(place) {
    const chart = JSON.parse(place.textContent);
    const brushed = "signals" in chart; // only the params together
    const drawn = await vegaEmbed(place, chart, {
      mode: brushed ? "vega" : "vega-lite", actions: false, renderer: "svg",
      ast: true, // the page's policy lets no text become code
    });
    if (brushed) follow(drawn.view, chart.usermeta.axes, place.closest("section"));
  }

  async function drawAll() {
    for (const place of document.querySelectorAll(".chart > div")) await draw(place);
    document.body.dataset.drawn = "true";
  }

  // In some browsers what is folded has no width: its charts take theirs when it opens.
  document.addEventListener("toggle", () => dispatchEvent(new Event("resize")), true);

  // Paper has no folds.
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
  });

  drawAll();
})();
