// Draws the charts of the page in its colours and at its width. Needs vegaEmbed.
"use strict";

(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // What CSS calls --name is "@name" in a chart.
  function withColours(part, style) {
    if (typeof part === "string") {
      return part.startsWith("@") ? style.getPropertyValue(`--${part.slice(1)}`).trim() : part;
    }
    if (Array.isArray(part)) return part.map((each) => withColours(each, style));
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) => [key, withColours(value, style)]),
    );
  }

  const config = {
    background: null,
    view: { stroke: null },
    axis: {
      domainColor: "@soft", tickColor: "@soft", gridColor: "@line",
      labelColor: "@ink", titleColor: "@ink", labelFontSize: 12, titleFontSize: 12,
      titleFontWeight: "normal",
    },
    legend: { labelColor: "@ink", labelFontSize: 12, orient: "top", symbolOpacity: 1,
      columns: matchMedia("(max-width: 600px)").matches ? 3 : 0 },
    text: { font: "system-ui, sans-serif" },
    font: "system-ui, sans-serif",
  };

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

  async function draw(name) {
    const style = getComputedStyle(document.documentElement);
    const place = document.getElementById(name);
    const brushed = "signals" in charts[name]; // only the params together
    const options = {
      mode: brushed ? "vega" : "vega-lite", actions: false, renderer: "svg",
      config: withColours(config, style),
    };
    const drawn = await vegaEmbed(place, withColours(charts[name], style), options);
    if (brushed) follow(drawn.view, place.closest("section"));
  }

  async function drawAll() {
    for (const name of Object.keys(charts)) await draw(name);
    document.body.dataset.drawn = "true";
  }

  dark.addEventListener("change", drawAll);
  drawAll();
})();
