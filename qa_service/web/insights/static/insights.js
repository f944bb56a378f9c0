/* Draws a chart above each table that asks for one. The table stays: the chart repeats it. */

const MOST_BARS = 10;
const BAR_HEIGHT = 30;
const COLUMNS_HEIGHT = 260;
const LONGEST_LABEL = 48;

const charts = [];

function cellsOf(row) {
  return [...row.cells];
}

function labelOf(row) {
  const label = row.cells[0].cloneNode(true);
  label.querySelectorAll(".detail").forEach((one) => one.remove());
  return label.textContent.trim();
}

function shortened(label) {
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/* A day that is not over must not look like a fall. */
function paler(full, row) {
  return row && "part" in row.dataset ? `${full}66` : full;
}

function draw(table) {
  const isBars = table.dataset.chart === "bars";
  const rows = [...table.tBodies[0].rows].slice(0, isBars ? MOST_BARS : undefined);
  const series = table.dataset.series.split(",").map(Number);
  const names = cellsOf(table.tHead.rows[0]).map((cell) => cell.textContent);
  const plot = document.createElement("div");
  plot.className = "plot";
  const room = series.length > 1 ? 70 : 34;
  plot.style.height = `${isBars ? rows.length * BAR_HEIGHT + room : COLUMNS_HEIGHT}px`;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", table.dataset.says);
  plot.append(canvas);
  const details = table.closest("details");
  (details ?? table.closest(".scroll")).before(plot);
  const ink = () => colour("--ink");
  const counts = {
    beginAtZero: true,
    stacked: true,
    ticks: { precision: 0, color: ink },
    grid: { color: () => colour("--line") },
  };
  const labels = {
    stacked: true,
    grid: { display: false },
    ticks: { autoSkip: !isBars, maxRotation: 0, color: ink },
  };
  if (isBars) {
    labels.ticks.callback = function (value) {
      return shortened(this.getLabelForValue(value));
    };
  }
  const chart = new Chart(canvas, {
    type: "bar",
    data: {
      labels: rows.map(labelOf),
      datasets: series.map((place, number) => ({
        label: names[place],
        backgroundColor: (at) => paler(colour(`--series-${number + 1}`), rows[at.dataIndex]),
        borderColor: () => colour("--paper"),
        data: rows.map((row) => Number(row.cells[place].dataset.value ?? 0)),
        borderWidth: series.length > 1 ? { right: 1, top: 1 } : 0,
        maxBarThickness: 34,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: isBars ? "y" : "x",
      scales: isBars ? { x: counts, y: labels } : { x: labels, y: counts },
      plugins: {
        colors: { enabled: false },
        legend: {
          display: series.length > 1,
          align: "end",
          labels: { boxWidth: 14, color: ink },
        },
      },
    },
  });
  charts.push(chart);
  if (details) details.open = false;
}

function recolour() {
  charts.forEach((chart) => chart.update("none"));
}

const font = getComputedStyle(document.body);
Chart.defaults.font.family = font.fontFamily;
Chart.defaults.font.size = 13;
Chart.defaults.locale = "uk";
document.querySelectorAll("table[data-chart]").forEach(draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

/* On paper every table is open, and the charts have the colours of paper. */
const root = document.documentElement;
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((one) => (one.open = true));
  root.dataset.onPaper = "";
  recolour();
});
addEventListener("afterprint", () => {
  opened.forEach((one) => (one.open = false));
  delete root.dataset.onPaper;
  recolour();
});
