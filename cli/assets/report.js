// The charts of `dynoscaler report`: drawn from the data of the page, by uPlot, which stands before
// this script. All numbers and tables of the page are there without it.
"use strict";

const courses = JSON.parse(document.getElementById("data").textContent);
const HEIGHT = 220;
const MARKS_MAX = 200; // more than these cannot be told apart
const charts = []; // all of the page: they share the cursor and the zoom

// The style's variables change with the theme: what is drawn asks for their value each time.
const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
const faded = (name) => () => `color-mix(in srgb, ${colour(name)()} 25%, transparent)`;
const instant = (secs) => `${new Date(secs * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
const short = (value) => value.toLocaleString("en-GB", { maximumFractionDigits: 2 });
const shown = (value) => value ?? "?";

// --- what is drawn ---

// A line, and with it the band from the least to the most of each stretch of time.
function line(label, values, name, options = {}) {
  return { label, mean: values.mean ?? values, band: values.mean && values, name, ...options };
}

const steps = uPlot.paths.stepped({ align: 1 });

function panels(course) {
  return [
    {
      title: "Backlog per instance, in messages per dyno",
      lines: [
        line("backlog", course.backlog, "blue"),
        line("threshold", course.threshold, "red", { dash: [6, 4], paths: steps }),
      ],
    },
    {
      title: `Dynos; each triangle is a change, if no more than ${MARKS_MAX} are in view`,
      marks: true,
      lines: [
        line("running", course.dynos, "teal", { paths: steps }),
        line("maximum", course.max_dynos, "grey", { dash: [6, 4], paths: steps }),
        line("minimum", course.min_dynos, "grey", { dash: [2, 3], paths: steps }),
      ],
    },
    {
      title: "Messages",
      lines: [line("waiting", course.waiting, "blue"), line("in flight", course.in_flight, "orange", { dash: [6, 4] })],
    },
  ];
}

// The series of uPlot for a panel, its columns of values and its bands.
function plan(course, panel) {
  const [series, columns, bands] = [[{ value: (_, secs) => (secs == null ? "" : instant(secs)) }], [course.at], []];
  for (const { label, mean, band, name, dash, paths } of panel.lines) {
    const value = (_, middle, __, index) => index == null ? "" : described(middle, band, index);
    series.push({ label, value, name, stroke: colour(name), width: 1.5, dash, paths, points: { show: lonely } });
    columns.push(mean);
    if (band) {
      const edge = { class: "band", width: 0, paths, points: { show: false } };
      series.push({ ...edge, label: `${label}, most` }, { ...edge, label: `${label}, least` });
      columns.push(band.max, band.min);
      bands.push({ series: [series.length - 2, series.length - 1], fill: faded(name) });
    }
  }
  return { series, columns, bands };
}

// Of few values each is a point: one alone has no line.
const lonely = (chart) => chart.data[0].length < 30;

function described(mean, band, index) {
  if (mean == null) return "unknown";
  const [least, most] = band ? [band.min[index], band.max[index]] : [mean, mean];
  return least < most ? `${short(mean)} (${short(least)} to ${short(most)})` : short(mean);
}

// --- what is behind and above the lines ---

function shadeFailures(course) {
  return (chart) => {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = faded("red")();
    for (const [from, to] of course.failed) {
      const [left, right] = [from, to].map((secs) => chart.valToPos(secs, "x", true));
      ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
    }
    ctx.restore();
  };
}

// A triangle points to where the dynos went, and has another colour if others changed them.
function markChanges(course) {
  return (chart) => {
    const { min, max } = chart.scales.x;
    const inView = course.changes.filter(([at, , to]) => to != null && min <= at && at <= max);
    chart.ctx.save();
    if (inView.length <= MARKS_MAX) inView.forEach((change) => mark(chart, change));
    chart.ctx.restore();
  };
}

function mark(chart, [at, from, to, , byOthers]) {
  const { ctx } = chart;
  const size = 4 * devicePixelRatio;
  const [x, y] = [chart.valToPos(at, "x", true), chart.valToPos(to, "y", true)];
  const tip = to < from ? size : -size;
  ctx.fillStyle = colour(byOthers ? "orange" : tip < 0 ? "teal" : "violet")();
  ctx.beginPath();
  ctx.moveTo(x, y + tip);
  ctx.lineTo(x - size, y - tip);
  ctx.lineTo(x + size, y - tip);
  ctx.fill();
}

// --- one cursor and one zoom ---

function zoom(min, max) {
  for (const chart of charts) {
    const { x } = chart.scales;
    if (x.min !== min || x.max !== max) chart.setScale("x", { min, max });
  }
}

const first = Math.min(...courses.flatMap((course) => course.at.slice(0, 1)));
const last = Math.max(...courses.flatMap((course) => course.at.slice(-1)), first + 1);
const showAll = () => zoom(first, last);

// Around the cursor, if there is one, otherwise around the middle.
function zoomBy(chart, factor) {
  const { min, max } = chart.scales.x;
  const at = chart.cursor.idx == null ? (min + max) / 2 : chart.data[0][chart.cursor.idx];
  zoom(...around(at, (max - min) * factor));
}

// A window of about this width around a time, within the whole time.
function around(secs, width) {
  const fit = Math.min(last - first, Math.max(60, width));
  const from = Math.min(Math.max(first, secs - fit / 2), last - fit);
  return [from, from + fit];
}

// The lines of a legend, for a reader who does not see it.
function spoken(chart, course) {
  const index = chart.cursor.idx;
  if (index == null) return "no time is chosen";
  const values = chart.series.slice(1).filter((series) => series.class !== "band");
  const texts = values.map((series) => {
    const place = chart.series.indexOf(series);
    return `${series.label} ${series.value(chart, chart.data[place][index], place, index)}`;
  });
  return [instant(course.at[index]), ...texts, ...changesAt(course, index)].join(", ");
}

// The changes between a point and the next, in words.
function changesAt(course, index) {
  const [from, to] = [course.at[index], course.at[index + 1] ?? Infinity];
  const within = course.changes.filter(([at]) => from <= at && at < to);
  const texts = within.slice(0, 3).map(([, before, after, reason]) => `${course.reasons[reason]} ${shown(before)} → ${shown(after)}`);
  return within.length > 3 ? [...texts, `and ${within.length - 3} more changes`] : texts;
}

function choose(chart, index) {
  const at = Math.max(0, Math.min(index, chart.data[0].length - 1));
  const { min, max } = chart.scales.x;
  const secs = chart.data[0][at];
  if (secs < min || max < secs) zoom(...around(secs, max - min));
  chart.setCursor({ left: chart.valToPos(secs, "x"), top: chart.over.clientHeight / 2 });
}

const KEYS = {
  ArrowLeft: (chart, index) => choose(chart, index - 1),
  ArrowRight: (chart, index) => choose(chart, index + 1),
  PageUp: (chart, index) => choose(chart, index - 24),
  PageDown: (chart, index) => choose(chart, index + 24),
  Home: (chart) => choose(chart, 0),
  End: (chart) => choose(chart, Infinity),
  "+": (chart) => zoomBy(chart, 0.5),
  "=": (chart) => zoomBy(chart, 0.5),
  "-": (chart) => zoomBy(chart, 2),
  Escape: showAll,
};

// --- on the page ---

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

// A day begins with its date.
function clock(secs) {
  const at = new Date(secs * 1000);
  const isMidnight = secs % 86400 === 0;
  const form = isMidnight ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" };
  return at.toLocaleString("en-GB", { ...form, timeZone: "UTC" });
}

function options(course, panel, width, readout) {
  const axis = { stroke: colour("faint"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid") } };
  const { series, bands } = plan(course, panel);
  const drawn = panel.marks ? [markChanges(course)] : [];
  return {
    width,
    height: HEIGHT,
    series,
    bands,
    axes: [{ ...axis, values: (_, times) => times.map(clock) }, { ...axis, size: 60 }],
    scales: { x: { time: true, min: first, max: last }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
    tzDate: (secs) => uPlot.tzDate(new Date(secs * 1000), "Etc/UTC"),
    legend: { markers: { stroke: (chart, index) => `var(--${chart.series[index].name})` } },
    cursor: { sync: { key: "time", scales: ["x", null] }, drag: { x: true, y: false } },
    hooks: {
      drawClear: [shadeFailures(course)],
      draw: drawn,
      setCursor: [(chart) => readout(chart)],
      setScale: [(chart, key) => key === "x" && zoom(chart.scales.x.min, chart.scales.x.max)],
    },
  };
}

function figure(course, panel, place, output) {
  const box = element("div", {
    tabindex: "0",
    role: "slider",
    "aria-label": `${panel.title}: ${summary(panel)}`,
    "aria-valuemin": "0",
    "aria-valuemax": String(course.at.length - 1),
    "aria-valuenow": "0",
    "aria-valuetext": "no time is chosen",
  });
  const made = element("figure");
  made.append(element("figcaption", {}, panel.title), box);
  place.append(made);
  const readout = (chart) => {
    const text = spoken(chart, course);
    box.setAttribute("aria-valuenow", String(chart.cursor.idx ?? 0));
    box.setAttribute("aria-valuetext", text);
    if (chart.cursor.idx != null) {
      output.textContent = [instant(course.at[chart.cursor.idx]), ...changesAt(course, chart.cursor.idx)].join(": ");
    }
  };
  const chart = new uPlot(options(course, panel, place.clientWidth, readout), plan(course, panel).columns, box);
  chart.root.setAttribute("aria-hidden", "true"); // the slider around it says the same
  charts.push(chart);
  chart.over.addEventListener("dblclick", showAll);
  box.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act(chart, chart.cursor.idx ?? -1);
  });
  return chart;
}

// The range of each line in words.
function summary(panel) {
  const ranges = panel.lines.map(({ label, mean, band }) => {
    const [least, most] = [band?.min ?? mean, band?.max ?? mean].map((values) => values.filter((value) => value != null));
    if (most.length === 0) return `${label} unknown`;
    const lowest = least.reduce((one, other) => Math.min(one, other));
    const highest = most.reduce((one, other) => Math.max(one, other));
    return `${label} from ${short(lowest)} to ${short(highest)}`;
  });
  return ranges.join("; ");
}

function tools(place, output, chart) {
  const bar = element("div", { class: "tools" });
  const button = (text, act) => {
    const made = element("button", { type: "button" }, text);
    made.addEventListener("click", act);
    bar.append(made);
  };
  button("Zoom in", () => zoomBy(chart(), 0.5));
  button("Zoom out", () => zoomBy(chart(), 2));
  button("All of the time", showAll);
  bar.append(output);
  place.append(bar);
}

for (const place of document.querySelectorAll("[data-course]")) {
  const course = courses[place.dataset.course];
  const output = element("output", { "aria-live": "off" });
  const own = [];
  tools(place, output, () => own[0]);
  for (const panel of panels(course)) own.push(figure(course, panel, place, output));
}

// --- another width, another theme, paper ---

function resize() {
  for (const chart of charts) chart.setSize({ width: chart.root.parentElement.clientWidth, height: HEIGHT });
}

const PRINTED_WIDTH = 680; // CSS pixels within the margins of A4 and of letter

addEventListener("resize", resize);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.redraw()));
addEventListener("beforeprint", () => {
  document.documentElement.dataset.print = "";
  for (const part of document.querySelectorAll("details")) part.open = true;
  for (const chart of charts) chart.setSize({ width: PRINTED_WIDTH, height: HEIGHT });
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset.print;
  resize();
});
