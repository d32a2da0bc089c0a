// Settings of this browser, and what the hub tells of itself.

import { h, head, field, select, load, toast, count } from "./dom.js";
import { hub } from "./live.js";

const read = (name) => {
  try {
    return localStorage.getItem(name) || "";
  } catch {
    return "";
  }
};
const keep = (name, value) => {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    toast("This browser keeps nothing for pages.", "bad");
  }
};

export function open() {
  const name = h("input", { type: "text", maxlength: "64", value: read("name"), autocomplete: "nickname" });
  name.addEventListener("change", () => {
    keep("name", name.value.trim());
    hub.name = name.value.trim() || null;
    hub.wake();
    toast("Saved");
  });
  const theme = select(
    [
      ["", "As the system"],
      ["light", "Light"],
      ["dark", "Dark"],
    ],
    read("theme"),
  );
  theme.addEventListener("change", () => {
    keep("theme", theme.value);
    if (theme.value) document.documentElement.dataset.theme = theme.value;
    else delete document.documentElement.dataset.theme;
  });
  const about = h("div", {}),
    tools = h("div", {});
  load(about, async () => {
    const [health, ready] = await Promise.all([hub.get("/hub/health"), hub.get("/ready").catch((error) => ({ status: error.message }))]);
    const row = (label, value) => h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, value));
    return h(
      "table",
      { class: "full" },
      h(
        "tbody",
        {},
        row("Version", health.version),
        row("State", ready.status),
        row("Events so far", count(ready.offset)),
        row("Numbering (epoch)", h("span", { class: "mono" }, health.epoch)),
        row("This connection", hub.state === "live" ? `WebSocket ${hub.connection}` : hub.state),
        row("Address", h("span", { class: "mono" }, hub.url)),
      ),
    );
  });
  load(tools, async () => {
    const { items } = await hub.get("/api/tools");
    return h(
      "ul",
      { class: "rows" },
      items.map((tool) =>
        h(
          "li",
          {},
          h(
            "div",
            { class: "row" },
            h(
              "span",
              { class: "grow" },
              h("span", { class: "name mono" }, tool.name),
              h("span", { class: "soft small" }, tool.description),
            ),
            h("span", { class: "soft small" }, tool.approval === "always" ? "asks first" : ""),
            h("span", { class: "soft small" }, tool.builtIn ? "built in" : "registered"),
          ),
        ),
      ),
    );
  });
  const cleanup = async () => {
    await hub.call("DELETE", "/api/cache");
    toast("Kept answers are forgotten");
  };
  return {
    title: "Settings",
    node: h(
      "div",
      { class: "page" },
      head("Settings", "Of this browser. The hub's own stand in its environment or file; the command agenthub config prints them."),
      h("div", { class: "pair" }, field("Your name", name, "Others who have the same conversation open see it."), field("Colours", theme)),
      h("section", {}, h("h2", {}, "The hub"), about),
      h(
        "section",
        {},
        h("h2", {}, "Tools"),
        h("p", { class: "soft" }, "What agents may be allowed to call; POST /api/tools registers more."),
        tools,
      ),
      h(
        "section",
        {},
        h("h2", {}, "Kept answers"),
        h("p", { class: "soft" }, "Answers that are given again to equal questions."),
        h(
          "div",
          { class: "actions" },
          h("button", { type: "button", onclick: () => cleanup().catch((error) => toast(error.message, "bad")) }, "Forget them all"),
          h("a", { class: "button", href: "/docs" }, "API documentation"),
        ),
      ),
    ),
  };
}
