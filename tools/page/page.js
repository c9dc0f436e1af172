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

  // Under the params together: how many lines the brushes leave, and the best of them.
  function follow(view, section) {
    const line = section.querySelector("output");
    const clear = section.querySelector("button");
    const all = view.data("trials").length;
    const brushes = Object.keys(view.getState().signals).filter((name) => name.startsWith("brush"));
    const show = () => {
      const chosen = view.data("chosen");
      const best = chosen.reduce((a, b) => (a && a.worse < b.worse ? a : b), null);
      line.textContent = `${chosen.length} of ${all} ${line.dataset.many}`
        + (best ? `; the best: ${best.about}` : "");
      clear.disabled = chosen.length === all;
    };
    view.addDataListener("chosen", show);
    clear.onclick = () => {
      brushes.forEach((name) => view.signal(name, null));
      view.run();
    };
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
    if (brushed) follow(drawn.view, place.closest("section"));
  }

  async function drawAll() {
    for (const place of document.querySelectorAll(".chart > div")) await draw(place);
    document.body.dataset.drawn = "true";
  }

  drawAll();
})();
