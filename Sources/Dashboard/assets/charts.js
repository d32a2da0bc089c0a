// Charts as SVG: bars over days, and bars by name.

import { h, svg } from "./dom.js";

/** Bars of `[{ label, value, title }]`, with the largest value at the axis. The table beside it says the same to those who cannot see. */
export function bars(items, format, label) {
  const width = 720,
    height = 190,
    left = 52,
    bottom = 22,
    top = 8;
  const most = Math.max(...items.map((item) => item.value), 0) || 1;
  const step = (width - left) / Math.max(items.length, 1),
    room = height - bottom - top;
  const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": label });
  for (const part of [0, 0.5, 1]) {
    const y = top + room * (1 - part);
    chart.append(
      svg("line", { x1: left, x2: width, y1: y, y2: y, class: "axis" }),
      svg("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, format(most * part)),
    );
  }
  items.forEach((item, at) => {
    const tall = Math.max(item.value > 0 ? 2 : 0, (room * item.value) / most);
    chart.append(
      svg(
        "rect",
        {
          x: left + at * step + step * 0.15,
          y: top + room - tall,
          width: Math.max(1, step * 0.7),
          height: tall,
          rx: Math.min(3, step * 0.2),
          class: "bar-mark",
        },
        svg("title", {}, item.title),
      ),
    );
    if (at % Math.ceil(items.length / 8) === 0)
      chart.append(svg("text", { x: left + (at + 0.5) * step, y: height - 5, "text-anchor": "middle" }, item.label));
  });
  return chart;
}

/** A part of a whole as a thin bar. */
export function meter(part, label) {
  const shown = Math.max(0, Math.min(1, part));
  return h(
    "div",
    { class: part >= 1 ? "meter bad" : "meter", role: "img", "aria-label": label },
    svg("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none" }, svg("rect", { width: 100 * shown, height: 1 })),
  );
}

export const figures = (items) =>
  h(
    "dl",
    { class: "figures" },
    items.map(([name, value, title]) => h("div", { class: "figure", title }, h("dt", {}, name), h("dd", {}, value))),
  );
