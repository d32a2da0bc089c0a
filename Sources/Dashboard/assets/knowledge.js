// Knowledge: collections of documents, their contents, and searches in them.

import { h, head, blank, chip, field, load, ask, complain, toast, plural, since, when } from "./dom.js";
import { hub } from "./live.js";

export function open(path, query) {
  const place = h("div", { class: "page" });
  const show = () => load(place, () => (path[0] === "documents" ? text(path[1]) : path[0] ? collection(path[0]) : list()));
  show();
  return { node: place, title: path[0] || "Knowledge" };

  async function list() {
    const [collections, jobs] = await Promise.all([hub.get("/api/knowledge/collections"), hub.get("/api/knowledge/jobs?limit=8")]);
    return [
      head(
        "Knowledge",
        "Documents that agents look things up in. Each collection is searched by words and by meaning.",
        h("button", { type: "button", class: "primary", onclick: () => add("") }, "Add a document"),
      ),
      collections.items.length
        ? h(
            "ul",
            { class: "rows" },
            collections.items.map((one) =>
              h(
                "li",
                {},
                h(
                  "a",
                  { class: "row", href: `#/knowledge/${encodeURIComponent(one.name)}` },
                  h(
                    "span",
                    { class: "grow" },
                    h("span", { class: "name" }, one.name),
                    h(
                      "span",
                      { class: "soft small" },
                      `${plural(one.documents, "document")}, ${plural(one.chunks, "chunk")} · ${one.embedder} · ${since(one.updatedAt)}`,
                    ),
                  ),
                ),
              ),
            ),
          )
        : blank("No collections yet", "Add a document and name its collection; it is made with it."),
      jobs.items.length > 0 &&
        h(
          "section",
          {},
          h("h2", {}, "Indexing"),
          h(
            "ul",
            { class: "rows" },
            jobs.items.map((job) =>
              h(
                "li",
                {},
                h(
                  "div",
                  { class: "row" },
                  h(
                    "span",
                    { class: "grow" },
                    h("span", { class: "name" }, job.collection),
                    h("span", { class: "soft small" }, `${job.done} of ${job.total} documents · ${since(job.createdAt)}`),
                  ),
                  chip(job.state, job.state === "done" ? "completed" : job.state),
                ),
              ),
            ),
          ),
        ),
    ];
  }

  async function collection(name) {
    const documents = await hub.get(`/api/knowledge/documents?collection=${encodeURIComponent(name)}&limit=200`);
    const question = h("input", { type: "search", placeholder: "What to look up", "aria-label": "Question", value: query.get("q") || "" }),
      found = h("div", {});
    const look = (event) => {
      event?.preventDefault();
      if (!question.value.trim()) return;
      history.replaceState(null, "", `#/knowledge/${encodeURIComponent(name)}?q=${encodeURIComponent(question.value)}`);
      load(found, async () => {
        const body = await hub.post("/api/knowledge/search", { collection: name, question: question.value, limit: 8 });
        const hits = body.items || body.hits || [];
        return hits.length
          ? h(
              "ul",
              { class: "rows" },
              hits.map((hit) =>
                h(
                  "li",
                  {},
                  h(
                    "div",
                    { class: "row" },
                    h(
                      "div",
                      { class: "grow" },
                      h(
                        "span",
                        { class: "name" },
                        [hit.citation?.document?.name ?? hit.citation?.name ?? hit.name ?? hit.document, hit.citation?.heading]
                          .filter((part) => typeof part === "string" && part)
                          .join(" · "),
                      ),
                      h("span", { class: "excerpt" }, hit.text),
                    ),
                  ),
                ),
              ),
            )
          : h("p", { class: "soft" }, "Nothing found.");
      });
    };
    if (question.value) look();
    const remove = async () => {
      if (!(await ask(`Delete ${name}?`, h("p", {}, "All its documents go with it."), "Delete", "danger"))) return;
      try {
        await hub.call("DELETE", `/api/knowledge/collections/${encodeURIComponent(name)}`);
        location.hash = "#/knowledge";
      } catch (error) {
        complain(error);
      }
    };
    return [
      head(
        name,
        plural(documents.items.length, "document"),
        h("a", { class: "button", href: "#/knowledge" }, "All collections"),
        h("button", { type: "button", onclick: () => add(name) }, "Add a document"),
        h("button", { type: "button", onclick: remove }, "Delete"),
      ),
      h("form", { onsubmit: look }, question),
      found,
      h(
        "ul",
        { class: "rows" },
        documents.items.map((one) =>
          h(
            "li",
            {},
            h(
              "a",
              { class: "row", href: `#/knowledge/documents/${one.id}` },
              h(
                "span",
                { class: "grow" },
                h("span", { class: "name" }, one.title || one.name),
                h(
                  "span",
                  { class: "soft small" },
                  [one.name, one.chunks !== undefined && plural(one.chunks, "chunk"), when(one.updatedAt ?? one.createdAt)]
                    .filter(Boolean)
                    .join(" · "),
                ),
              ),
              one.state && chip(one.state, one.state === "ready" || one.state === "indexed" ? "ready" : one.state),
            ),
          ),
        ),
      ),
    ];
  }

  async function text(id) {
    const one = await hub.get(`/api/knowledge/documents/${encodeURIComponent(id)}?text=true`);
    const remove = async () => {
      if (!(await ask(`Delete ${one.name}?`, null, "Delete", "danger"))) return;
      try {
        await hub.call("DELETE", `/api/knowledge/documents/${encodeURIComponent(id)}`);
        location.hash = `#/knowledge/${encodeURIComponent(one.collection)}`;
      } catch (error) {
        complain(error);
      }
    };
    return [
      head(
        one.title || one.name,
        one.name,
        h("a", { class: "button", href: `#/knowledge/${encodeURIComponent(one.collection)}` }, one.collection),
        h("button", { type: "button", onclick: remove }, "Delete"),
      ),
      h("pre", { class: "card said", tabindex: "0" }, one.text || ""),
    ];
  }

  async function add(collection) {
    const where = h("input", { type: "text", value: collection, required: true }),
      name = h("input", { type: "text", placeholder: "notes.md", required: true }),
      content = h("textarea", { rows: "10", required: true });
    if (
      !(await ask(
        "Add a document",
        h(
          "div",
          { class: "form" },
          field("Collection", where),
          field("Name", name, "A name that is taken becomes a new version."),
          field("Text", content, "Text, Markdown, HTML, JSON or CSV."),
        ),
        "Add",
      ))
    )
      return;
    try {
      await hub.post("/api/knowledge/documents", { collection: where.value, name: name.value, text: content.value });
      toast("Indexing has begun");
      show();
    } catch (error) {
      complain(error);
    }
  }
}
