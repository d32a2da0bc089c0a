// What calls took: tokens and dollars, by day and by whom.

import { h, head, select, load, count, dollars, duration, blank } from "./dom.js";
import { hub, board } from "./live.js";
import { bars, figures } from "./charts.js";

const BY = [
  ["model", "Model"],
  ["agent", "Agent"],
  ["provider", "Provider"],
  ["agent,agentVersion", "Agent and version"],
  ["key", "Key"],
  ["user", "User"],
];
const SHOWN = [
  ["cost", "Dollars"],
  ["tokens", "Tokens"],
  ["calls", "Calls"],
];

export function open(_path, query) {
  const place = h("div", {}),
    days = select(
      [
        ["7", "7 days"],
        ["30", "30 days"],
        ["90", "90 days"],
        ["365", "A year"],
      ],
      query.get("days") || "30",
      { "aria-label": "Period" },
    );
  const by = select(BY, query.get("by") || "model", { "aria-label": "Grouped by" }),
    shown = select(SHOWN, query.get("shown") || "tokens", { "aria-label": "Shown" });
  const show = () => load(place, read);
  // The address keeps the choice, so that it can be sent to somebody.
  const choose = () => {
    history.replaceState(null, "", `#/usage?days=${days.value}&by=${by.value}&shown=${shown.value}`);
    show();
  };
  for (const one of [days, by, shown]) one.addEventListener("change", choose);
  show();

  async function read() {
    const from = new Date(Date.now() - (Number(days.value) - 1) * 86400000).toISOString().slice(0, 10),
      to = new Date().toISOString().slice(0, 10);
    const [daily, grouped] = await Promise.all([
      hub.get(`/api/usage?from=${from}&to=${to}&group=day`),
      hub.get(`/api/usage?from=${from}&to=${to}&group=${by.value}`),
    ]);
    const { total } = daily;
    if (!total.calls) return blank("Nothing yet", "Calls to providers are counted here, with what they cost. The demo agent makes none.");
    const known = new Map(daily.items.map((item) => [item.day, item])),
      value = (item) => (item ? ((shown.value === "tokens" ? item.inputTokens + item.outputTokens : item[shown.value]) ?? 0) : 0);
    const format =
      shown.value === "cost"
        ? dollars
        : (number) =>
            number >= 1e6
              ? `${+(number / 1e6).toFixed(1)} M`
              : number >= 1000
                ? `${+(number / 1000).toFixed(1)} k`
                : count(Math.round(number));
    const items = [];
    for (let at = Date.parse(from); at <= Date.parse(to); at += 86400000) {
      const day = new Date(at).toISOString().slice(0, 10);
      items.push({ label: day.slice(5), value: value(known.get(day)), title: `${day}: ${format(value(known.get(day)))}` });
    }
    const name = (item) =>
      by.value
        .split(",")
        .map((part) =>
          part === "agent"
            ? board.nameOf({ id: item.agent, name: item.agent })
            : part === "agentVersion"
              ? `v${item.agentVersion}`
              : item[part],
        )
        .filter(Boolean)
        .join(" · ") || "–";
    const rows = [...grouped.items].sort((a, b) => (b.cost ?? 0) - (a.cost ?? 0) || b.calls - a.calls);
    return h(
      "div",
      { class: "sums" },
      figures([
        ["Cost", dollars(total.cost), total.unpricedCalls ? `without ${total.unpricedCalls} calls whose price is not known` : null],
        ["Tokens in", count(total.inputTokens)],
        ["Tokens out", count(total.outputTokens)],
        ["Calls", count(total.calls)],
        ["Failed", count(total.failedCalls)],
        ["Saved by kept answers", dollars(total.savedCost)],
      ]),
      h("div", { class: "card" }, bars(items, format, `${shown.value} a day`)),
      h(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": "Usage" },
        h(
          "table",
          { class: "full" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              [BY.find(([key]) => key === by.value)[1], "Calls", "Tokens in", "Tokens out", "Dollars", "A call takes"].map((text, at) =>
                h("th", { class: at ? "right" : "" }, text),
              ),
            ),
          ),
          h(
            "tbody",
            {},
            rows.map((item) =>
              h(
                "tr",
                {},
                h("td", {}, name(item)),
                [
                  count(item.calls),
                  count(item.inputTokens),
                  count(item.outputTokens),
                  dollars(item.cost),
                  duration(item.averageMs ?? NaN),
                ].map((text) => h("td", { class: "right" }, text)),
              ),
            ),
          ),
        ),
      ),
      h("p", { class: "soft small" }, `Days are UTC. Prices of ${daily.pricesOf}; a cost that nobody knows is shown as –, not as 0.`),
    );
  }
  return {
    node: h("div", { class: "page" }, head("Usage", "Tokens and dollars of all calls, as they ended.", days, by, shown), place),
    title: "Usage",
  };
}
