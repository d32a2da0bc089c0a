// Providers and keys: who can be asked, and how each key is.

import { h, head, chip, field, select, load, ask, complain, toast, since, plural } from "./dom.js";
import { hub } from "./live.js";
import { meter } from "./charts.js";
import { dollars } from "./dom.js";

export function open() {
  const place = h("div", { class: "page" });
  const show = () => load(place, board);
  const again = (work) => async () => {
    try {
      await work();
      show();
    } catch (error) {
      complain(error);
    }
  };
  show();

  async function board() {
    const [providers, keys, budgets] = await Promise.all([hub.get("/api/providers"), hub.get("/api/keys"), hub.get("/api/budgets")]);
    const add = async () => {
      const provider = select(
          providers.items.filter((one) => one.takesKeys).map((one) => [one.name, one.title]),
          "openai",
        ),
        key = h("input", { type: "password", required: true, autocomplete: "off", spellcheck: "false" });
      if (
        !(await ask(
          "Add a key",
          h(
            "div",
            { class: "form" },
            field("Provider", provider),
            field("Key", key, "It is used until the hub stops. Keys that shall stay belong in the hub's environment."),
          ),
          "Add",
        ))
      )
        return;
      try {
        await hub.post("/api/keys", { provider: provider.value, key: key.value });
        show();
      } catch (error) {
        complain(error);
      }
    };
    const reset = again(async () => {
      await hub.post("/api/admin/reset-keys");
      toast("All keys count as healthy again");
    });
    return [
      head(
        "Providers",
        "Who can be asked for answers, and how their keys are.",
        keys.items.length > 0 && h("button", { type: "button", onclick: reset }, "Reset all keys"),
        h("button", { type: "button", class: "primary", onclick: add }, "Add a key"),
      ),
      h(
        "div",
        { class: "cards" },
        providers.items.map((one) =>
          card(
            one,
            keys.items.filter((key) => key.provider === one.name),
          ),
        ),
      ),
      budgetBoard(budgets.items),
    ];
  }

  function card(one, keys) {
    return h(
      "article",
      { class: "card" },
      h(
        "section",
        {},
        h(
          "div",
          { class: "line" },
          h("h2", { class: "grow" }, one.title),
          one.health ? chip(one.health, one.health) : !one.takesKeys ? chip("no key needed", "healthy") : chip("no key"),
        ),
        h("p", { class: "soft small" }, one.summary),
        one.callsInFlight > 0 && h("p", { class: "small" }, `${plural(one.callsInFlight, "call")} under way`),
        one.openCircuits.length > 0 && h("p", { class: "bad small" }, `Left alone for now: ${one.openCircuits.join(", ")}`),
        keys.length > 0 && h("ul", { class: "rows" }, keys.map(row)),
      ),
    );
  }

  function row(key) {
    const reset = again(() => hub.post(`/api/keys/${encodeURIComponent(key.id)}/reset`));
    const remove = async () => {
      if (
        !(await ask(
          `Take ${key.masked} out?`,
          h("p", {}, "Until the hub stops. One that stands in the environment is back after a restart."),
          "Take out",
          "danger",
        ))
      )
        return;
      again(() => hub.call("DELETE", `/api/keys/${encodeURIComponent(key.id)}`))();
    };
    return h(
      "li",
      {},
      h(
        "div",
        { class: "row" },
        h(
          "span",
          { class: "grow" },
          h("span", { class: "name mono" }, key.masked),
          h(
            "span",
            { class: "soft small" },
            `${plural(key.uses, "use")}, ${plural(key.errors, "error")}${key.lastUsed ? ` · used ${since(key.lastUsed)}` : ""}`,
          ),
          key.lastFailure && h("span", { class: "soft small" }, key.lastFailure),
        ),
        chip(key.status, key.status),
        key.status !== "healthy" && h("button", { type: "button", onclick: reset }, "Reset"),
        h("button", { type: "button", onclick: remove, "aria-label": `Take out ${key.masked}` }, "Take out"),
      ),
    );
  }

  function budgetBoard(items) {
    const set = async () => {
      const scope = select(
          [
            ["agent", "An agent"],
            ["tenant", "Everything (tenant default)"],
            ["key", "A key"],
          ],
          "tenant",
        ),
        subject = h("input", { type: "text", value: "default", required: true }),
        period = select(
          [
            ["day", "a day"],
            ["month", "a month"],
          ],
          "day",
        ),
        amount = h("input", { type: "number", min: "0", step: "0.01", required: true });
      if (
        !(await ask(
          "Set a budget",
          h(
            "div",
            { class: "form" },
            field("Of", scope),
            field("Id", subject, "The agent's or key's id; default for everything."),
            field("Dollars", amount),
            field("For", period),
          ),
          "Set",
        ))
      )
        return;
      again(() =>
        hub.call("PUT", `/api/budgets/${scope.value}/${encodeURIComponent(subject.value)}/${period.value}`, {
          dollars: Number(amount.value),
        }),
      )();
    };
    return h(
      "section",
      {},
      h("div", { class: "line" }, h("h2", { class: "grow" }, "Budgets"), h("button", { type: "button", onclick: set }, "Set a budget")),
      items.length
        ? h(
            "div",
            { class: "cards" },
            items.map((one) =>
              h(
                "article",
                { class: "card" },
                h(
                  "section",
                  {},
                  h(
                    "div",
                    { class: "line" },
                    h("strong", { class: "grow" }, `${one.scope} ${one.subject}`),
                    h("span", { class: "soft small" }, `a ${one.period}`),
                  ),
                  meter((one.spent ?? 0) / (one.dollars || 1), "Spent"),
                  h("p", { class: "soft small" }, `${dollars(one.spent ?? 0)} of ${dollars(one.dollars)}`),
                  h(
                    "button",
                    {
                      type: "button",
                      onclick: again(() =>
                        hub.call("DELETE", `/api/budgets/${one.scope}/${encodeURIComponent(one.subject)}/${one.period}`),
                      ),
                    },
                    "Take away",
                  ),
                ),
              ),
            ),
          )
        : h("p", { class: "soft" }, "None. A budget stops calls before they pass it."),
    );
  }

  return { node: place, title: "Providers" };
}
