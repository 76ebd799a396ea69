"use strict";
// Charts of the page; on paper everything that is folded is opened.
const figures = JSON.parse(document.getElementById("chart-data").textContent);
JSON.parse(document.getElementById("chart-names").textContent).forEach((name, place) => {
  Plotly.newPlot("chart-" + name, figures[place].data, figures[place].layout, {responsive: true, displaylogo: false});
});
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
