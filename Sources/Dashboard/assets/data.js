// Data sets: uploaded tables, what is known of them, and questions in SQL.

import { h, fill, head, blank, chip, load, ask, complain, toast, count, plural, since } from "./dom.js";
import { hub } from "./live.js";

export function open(path) {
  const place = h("div", { class: "page" });
  load(place, () => (path[0] ? one(path[0]) : list()));
  return { node: place, title: "Data sets" };

  async function list() {
    const items = await hub.get("/api/session");
    const sets = Array.isArray(items) ? items : items.items;
    const file = h("input", {
      type: "file",
      accept: ".csv,.tsv,text/csv",
      hidden: true,
      "aria-label": "CSV file",
      onchange: () => upload(file),
    });
    return [
      head(
        "Data sets",
        "CSV files that agents and you can ask in SQL and Python.",
        h("a", { class: "button", href: "#/data/test-session" }, "Open the sample"),
        h("button", { type: "button", class: "primary", onclick: () => file.click() }, "Upload CSV"),
        file,
      ),
      sets.length
        ? h(
            "ul",
            { class: "rows" },
            sets.map((set) =>
              h(
                "li",
                {},
                h(
                  "a",
                  { class: "row", href: `#/data/${set.id}` },
                  h(
                    "span",
                    { class: "grow" },
                    h("span", { class: "name" }, set.filename),
                    h("span", { class: "soft small" }, `${plural(set.row_count, "row")} · ${since(set.created_at)}`),
                  ),
                  chip(set.status, set.status === "error" ? "failed" : "ready"),
                ),
              ),
            ),
          )
        : blank("No data sets yet", "Upload a CSV file, or look at the delivered sample of 10,000 payments."),
    ];
  }

  async function upload(input) {
    if (!input.files[0]) return;
    const form = new FormData();
    form.append("file", input.files[0]);
    toast(`Uploading ${input.files[0].name}…`);
    try {
      const answer = await fetch("/api/upload", { method: "POST", body: form });
      const body = await answer.json();
      if (!answer.ok) throw { message: body.error, hint: body.hint };
      location.hash = `#/data/${body.session_id}`;
    } catch (error) {
      complain(error);
    }
  }

  async function one(id) {
    const set = await hub.get(`/api/session/${encodeURIComponent(id)}`).catch((error) => {
      if (error.status === 404) return { id, filename: "The delivered sample", row_count: 10000 };
      throw error;
    });
    const profile = h("section", {}),
      result = h("section", {});
    const sql = h("textarea", {
      class: "code-text",
      spellcheck: "false",
      rows: "4",
      "aria-label": "SQL",
      value: "SELECT * FROM transactions LIMIT 20",
    });
    const run = () =>
      load(result, async () => {
        const { data: body } = await hub.post("/api/sql/execute", { session_id: id, sql: sql.value });
        return [
          h("p", { class: "soft small" }, `${plural(body.row_count, "row")}${body.truncated ? ", and more that are not shown" : ""}`),
          table(body.columns, body.rows),
        ];
      });
    sql.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
    });
    const explore = () => load(profile, async () => describe((await hub.post(`/api/explore/${encodeURIComponent(id)}`)).data_dna ?? {}));
    if (set.data_dna) fill(profile, describe(set.data_dna));
    else if (set.created_at) explore();
    else run();
    const remove = async () => {
      if (!(await ask(`Delete ${set.filename}?`, h("p", {}, "Its file goes with it."), "Delete", "danger"))) return;
      try {
        await hub.call("DELETE", `/api/session/${encodeURIComponent(id)}`);
        location.hash = "#/data";
      } catch (error) {
        complain(error);
      }
    };
    return [
      head(
        set.filename,
        `${plural(set.row_count, "row")} in the table transactions`,
        h("a", { class: "button", href: "#/data" }, "All data sets"),
        set.created_at && h("button", { type: "button", onclick: remove }, "Delete"),
      ),
      h(
        "section",
        {},
        h("h2", {}, "Ask in SQL"),
        sql,
        h(
          "div",
          { class: "actions" },
          h("button", { type: "button", class: "primary", onclick: run }, "Run"),
          h("span", { class: "soft small" }, "Ctrl+Enter; one SELECT, nothing is changed"),
        ),
      ),
      result,
      profile,
    ];
  }
}

function describe(dna) {
  const facts = (dna.columns || []).map((column) => [
    column.name,
    column.type,
    column.suggested_role,
    `${column.null_pct ?? 0} %`,
    column.unique_count,
  ]);
  return [
    h("h2", {}, "What is in it"),
    facts.length ? table(["Column", "Type", "Role", "Missing", "Distinct"], facts) : null,
    (dna.detected_patterns || []).length > 0 &&
      h(
        "ul",
        { class: "plain-list" },
        dna.detected_patterns.map((text) => h("li", {}, text)),
      ),
    h(
      "details",
      {},
      h("summary", {}, "All of the profile, as JSON"),
      h("pre", { class: "said", tabindex: "0" }, JSON.stringify(dna, null, 2)),
    ),
  ];
}

export function table(columns, rows) {
  const cell = (value) =>
    value === null || value === undefined
      ? h("span", { class: "soft" }, "–")
      : typeof value === "object"
        ? JSON.stringify(value)
        : typeof value === "number"
          ? count(value)
          : String(value);
  const values = (row) => (Array.isArray(row) ? row : columns.map((column) => row[column]));
  const numeric = columns.map(
    (_, at) =>
      rows.length > 0 &&
      rows.every((row) => {
        const value = values(row)[at];
        return value === null || value === undefined || typeof value === "number";
      }),
  );
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Rows" },
    h(
      "table",
      { class: "full cells" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((name, at) => h("th", { class: numeric[at] ? "right" : "" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.slice(0, 500).map((row) =>
          h(
            "tr",
            {},
            values(row).map((value, at) => h("td", { class: numeric[at] ? "right" : "" }, cell(value))),
          ),
        ),
      ),
    ),
  );
}
