// All conversations, the one that changed last first.

import { h, blank, chip, complain, fill, head, load, plural, problem, since, toast } from "./dom.js";
import { board, hub, WORKING } from "./live.js";

export function open() {
  const place = h("div", { class: "page" });
  load(place, async () => {
    const rows = h("ul", { class: "rows" });
    const more = h("div", { class: "actions" });
    const show = (page) => {
      rows.append(...page.items.map(row));
      fill(more, page.next !== null && h("button", { type: "button", onclick: () => older(page.next) }, "Older ones"));
    };
    const older = async (cursor) => {
      try {
        show(await hub.get(`/api/conversations?limit=100&after=${encodeURIComponent(cursor)}`));
      } catch (error) {
        fill(
          more,
          problem(error, () => older(cursor)),
        );
      }
    };
    const first = await hub.get("/api/conversations?limit=100");
    show(first);
    const start = h("a", { class: "button primary", href: "#/new" }, "New chat");
    if (!first.items.length)
      return blank("No conversations yet", "Whatever is asked here or over the API is kept as a conversation.", start);
    const file = h("input", {
      type: "file",
      accept: ".json,.jsonl",
      hidden: true,
      "aria-label": "Export to import",
      onchange: () => take(file),
    });
    const all = h("a", { class: "button", href: "/api/export", download: "" }, "Save all");
    const bring = h("button", { type: "button", onclick: () => file.click() }, "Import");
    return [head("Conversations", "The one that changed last first.", bring, all, start, file), rows, more];
  });
  return { node: place, title: "Conversations" };
}

// Takes an export in; what was refused is told.
async function take(input) {
  const [chosen] = input.files;
  if (!chosen) return;
  try {
    const answer = await fetch("/api/import", { method: "POST", body: chosen });
    const body = await answer.json();
    if (!answer.ok) throw { message: body.error, hint: body.hint };
    toast(
      `${plural(body.items.length, "conversation")} came in${body.refusals.length ? `, ${body.refusals.length} refused: ${body.refusals[0].error}` : ""}`,
    );
    dispatchEvent(new HashChangeEvent("hashchange"));
  } catch (error) {
    complain(error);
  }
}

function row(item) {
  const works = [...board.runs.values()].some((run) => run.conversation === item.id && WORKING.includes(run.status));
  const words = h(
    "span",
    { class: "grow" },
    h("span", { class: "name" }, item.title || "Conversation"),
    h("span", { class: "soft small" }, since(item.updatedAt)),
  );
  return h("li", {}, h("a", { class: "row", href: `#/chat/${item.id}` }, words, works && chip("running", "running")));
}
