// Draws the tables of a page as columns, by uPlot. The table stays behind the drawing.

const HEIGHT = 220;

function token(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function rowsOf(table) {
  return [...table.tBodies[0].rows].map((row) => ({
    label: row.cells[0].textContent.trim(),
    href: row.querySelector("a")?.href,
    value: Number(row.cells[1].dataset.value),
    text: row.cells[1].textContent.trim(),
  }));
}

function options(rows, width) {
  const [muted, line, fill] = ["--muted", "--line", "--accent"].map(token);
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const labels = (_, places) => places.map((at) => rows[at]?.label ?? "");
  const font = "12px system-ui, sans-serif";
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, x: false, y: false, points: { show: false } },
    scales: { x: { time: false, range: [-0.6, rows.length - 0.4] }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
    axes: [
      { ...axis, font, values: labels, grid: { show: false }, space: 64 },
      { ...axis, font, size: 54, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6] },
    ],
    series: [{}, { stroke: fill, fill, paths: uPlot.paths.bars({ size: [0.7, 60] }), points: { show: false } }],
  };
}

function draw(figure) {
  const rows = rowsOf(document.getElementById(figure.dataset.chart));
  figure.hidden = false;
  figure.replaceChildren();
  const data = [rows.map((_, at) => at), rows.map((row) => row.value)];
  const plot = new uPlot(options(rows, figure.clientWidth), data, figure);
  const pointed = (event) => rows[Math.round(plot.posToVal(event.offsetX, "x"))];
  plot.over.addEventListener("click", (event) => {
    const row = pointed(event);
    if (row?.href) location.assign(row.href);
  });
  plot.over.addEventListener("mousemove", (event) => {
    const row = pointed(event);
    plot.over.title = row ? `${row.label}: ${row.text}` : "";
  });
}

function drawAll() {
  for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
}

for (const details of document.querySelectorAll("details.behind")) details.open = false;
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) drawAll();
  width = innerWidth;
});
