"""Let the pages of `dvc plots` open without a network, by a template that holds Vega's scripts.

`python -m dev.setup.plots_template` writes .dvc/plots.html (about 900 kB, not in git) and names
it in .dvc/config.local. `make setup` does so. DVC's own template loads the scripts from a CDN.
"""

import sys
from pathlib import Path

from dvc.cli import main as dvc

from stages.common.files import write_bytes
from tools.page.vega import vega

TEMPLATE = Path(".dvc/plots.html")

# DVC fills in {refresh_tag} and {plot_divs}. {scripts}, for the CDN's, is left out on purpose.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh_tag}
<title>DVC plots</title>
<script>%s</script>
<script>
// Names what DVC leaves without a name, for those who cannot see it.
const draw = vegaEmbed;
window.vegaEmbed = async (place, chart) => {
  const drawn = await draw(place, chart);
  const box = document.querySelector(place);
  const title = chart.title?.text ?? place.slice(1);
  box.querySelector("summary")?.setAttribute("aria-label", `${title}: save, view, edit`);
  for (const name of ["role", "aria-roledescription", "aria-label"]) {
    box.querySelector(".chart-wrapper").removeAttribute(name);
  }
  const picture = box.querySelector("svg.marks");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", title);
  for (const part of picture.children) part.setAttribute("aria-hidden", "true");
  return drawn;
};
addEventListener("DOMContentLoaded", () => {
  for (const image of document.images) {
    const [file, side] = ["main > div", "div"].map((box) => image.closest(box));
    image.alt = [file, side].map((box) => box.querySelector("p").textContent).join(", ");
  }
});
</script>
<style>
body { margin: 0 auto; max-width: 1400px; padding: 16px 20px 48px;
  background: #ffffff; color: #1c2430; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 22px; margin: 0 0 12px; }
main > div { border: 1px solid #dfe3e8 !important; border-radius: 10px;
  max-width: 100%%; margin: 0 0 16px; padding: 16px; overflow: auto;
  text-align: left !important; white-space: normal !important; }
div > div { border: 0 !important; margin: 0 16px 0 0 !important; vertical-align: top; }
p { margin: 0 0 6px; }
img { max-width: min(540px, 84vw); height: auto; }
</style>
</head>
<body>
<main>
<h1>DVC plots</h1>
{plot_divs}
</main>
</body>
</html>
"""


def main() -> None:
    """Write the template and have this clone's DVC use it."""
    write_bytes(TEMPLATE, (PAGE % vega()).encode())
    if dvc(["config", "--quiet", "--local", "plots.html_template", TEMPLATE.name]):
        sys.exit("plots_template: DVC has not taken the setting")


if __name__ == "__main__":
    main()
