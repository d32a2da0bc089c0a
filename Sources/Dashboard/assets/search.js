// Search in all messages; a hit opens its conversation at its place.

import { h, fill, select, blank, problem, since } from "./dom.js";
import { hub, board } from "./live.js";

export function open(_path, query) {
  const words = h("input", {
    type: "search",
    placeholder: 'Words, "a phrase", a beginning*',
    "aria-label": "Search for",
    value: query.get("q") || "",
    maxlength: "500",
  });
  const agent = select([["", "All agents"], ...[...board.agents.values()].map((one) => [one.id, one.name])], query.get("agent") || "", {
    "aria-label": "Agent",
  });
  const role = select(
    [
      ["", "Everybody"],
      ["user", "People"],
      ["agent", "Agents"],
    ],
    query.get("role") || "",
    { "aria-label": "Who said it" },
  );
  const sort = select(
    [
      ["best", "Best first"],
      ["newest", "Newest first"],
    ],
    query.get("sort") || "best",
    { "aria-label": "Order" },
  );
  const found = h("div", {});
  let turn = 0,
    waits = null;

  const address = () =>
    new URLSearchParams(
      Object.entries({ q: words.value.trim(), agent: agent.value, role: role.value, sort: sort.value === "best" ? "" : sort.value }).filter(
        ([, value]) => value,
      ),
    );

  async function look() {
    const mine = ++turn,
      asked = address();
    history.replaceState(null, "", `#/search?${asked}`);
    if (!asked.get("q"))
      return void fill(
        found,
        blank(
          "Find what was said",
          "In all conversations, by all agents. Put words that belong together in quotation marks; a star ends the beginning of a word.",
        ),
      );
    try {
      const page = await hub.get(`/api/search?${asked}&limit=30`);
      if (mine !== turn) return;
      const rows = h("ul", { class: "rows" });
      const more = h("button", { type: "button", hidden: true });
      const show = (page) => {
        rows.append(...page.items.map(row));
        more.hidden = page.next === null;
        more.onclick = async () => show(await hub.get(`/api/search?${asked}&limit=30&cursor=${encodeURIComponent(page.next)}`));
      };
      more.textContent = "More";
      show(page);
      fill(
        found,
        page.items.length
          ? [rows, more]
          : blank("Nothing found", "No message has these words. Fewer words, or a star at the end of one, find more."),
        page.complete === false && h("p", { class: "soft small" }, "Older messages are still being indexed."),
      );
    } catch (error) {
      if (mine === turn) fill(found, problem(error, look));
    }
  }

  const row = (hit) =>
    h(
      "li",
      {},
      h(
        "a",
        { class: "row", href: `#/chat/${hit.conversation}/${hit.message}` },
        h(
          "span",
          { class: "grow" },
          h("span", { class: "name" }, hit.title || "Conversation"),
          h(
            "span",
            { class: "excerpt" },
            hit.excerpt.segments.map((part) => (part.match ? h("mark", {}, part.text) : part.text)),
          ),
        ),
        h(
          "span",
          { class: "soft small numbers" },
          [hit.role === "user" ? "asked" : hit.agent ? board.nameOf({ id: hit.agent }) : "answered", since(hit.createdAt)].join(" · "),
        ),
      ),
    );

  words.addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(look, 180);
  });
  for (const one of [agent, role, sort]) one.addEventListener("change", look);
  look();
  return {
    title: "Search",
    shown: () => words.focus(),
    close: () => clearTimeout(waits),
    node: h(
      "div",
      { class: "page" },
      h(
        "form",
        {
          class: "form",
          role: "search",
          onsubmit: (event) => {
            event.preventDefault();
            look();
          },
        },
        h("h1", {}, "Search"),
        words,
        h("div", { class: "actions" }, agent, role, sort),
      ),
      found,
    ),
  };
}
