"use strict";
// Charts of the page: each is drawn when it is first seen, that is when everything folded around it is open.
const figures = new Map(JSON.parse(document.getElementById("chart-data").textContent).map(figure => [figure.name, figure]));

function drawSeen() {
  for (const [name, figure] of figures) {
    const place = document.getElementById("chart-" + name);
    if (place.closest("details:not([open])")) continue;
    figures.delete(name);
    Plotly.newPlot(place, figure.data, figure.layout, {responsive: true, displaylogo: false});
  }
}

drawSeen();
addEventListener("toggle", drawSeen, true);
// On paper what is folded is opened, except what would fill hundreds of sheets: that is printed as it is seen.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not(.as-seen)")) folded.open = true;
  drawSeen();
});
