// Agents: the list, one agent with its form, its versions and what differs between them.

import { h, fill, head, chip, field, select, load, ask, complain, toast, problem, since, when, count } from "./dom.js";
import { hub, board, readAgents } from "./live.js";
import { diffLines } from "./diff.js";

export function open(path, query) {
  if (!path.length) return list(query);
  const place = h("div", { class: "page" });
  const [id, part, number] = path;
  if (id === "new") load(place, async () => form(null, await parts(), query));
  else load(place, () => (part === "versions" ? versions(id, number) : edit(id)));
  return { node: place, title: id === "new" ? "New agent" : board.agent(id)?.name || "Agent" };
}

function list(query) {
  const rows = h("ul", { class: "rows" }),
    wanted = h("input", { type: "search", placeholder: "Filter", "aria-label": "Filter agents", value: query.get("q") || "" });
  const draw = () => {
    const word = wanted.value.toLowerCase();
    const found = [...board.agents.values()].filter((one) =>
      [one.name, one.provider, one.model, one.workspace, one.description].some((text) => text?.toLowerCase().includes(word)),
    );
    found.sort((a, b) =>
      a.workspace === b.workspace ? a.name.localeCompare(b.name) : (a.workspace || "").localeCompare(b.workspace || ""),
    );
    fill(
      rows,
      found.map((one) =>
        h(
          "li",
          {},
          h(
            "div",
            { class: "row" },
            h("span", { class: "emoji", "aria-hidden": "true" }, one.emoji),
            h(
              "a",
              { class: "grow", href: `#/agents/${encodeURIComponent(one.id)}` },
              h("span", { class: "name" }, one.name),
              h(
                "span",
                { class: "soft small" },
                [one.provider, one.model !== one.provider && one.model, one.description].filter(Boolean).join(" · "),
              ),
            ),
            h("span", { class: "soft small numbers" }, one.workspace),
            chip(one.status, one.status),
            h("a", { class: "button", href: `#/new?agent=${encodeURIComponent(one.id)}`, "aria-label": `Try ${one.name}` }, "Try"),
          ),
        ),
      ),
    );
    if (!found.length) fill(rows, h("li", { class: "row soft" }, board.loaded ? "No agent fits." : "Loading…"));
  };
  wanted.addEventListener("input", draw);
  const end = board.listen(() => {
    if (board.touched.has("all")) draw();
  });
  draw();
  return {
    node: h(
      "div",
      { class: "page" },
      head(
        "Agents",
        "Who answers: a provider, a model and settings. A pipeline is an agent that lets others work.",
        h("a", { class: "button primary", href: "#/agents/new" }, "New agent"),
      ),
      wanted,
      rows,
    ),
    title: "Agents",
    close: end,
  };
}

const path = (id, more = "") => `/api/agents/${encodeURIComponent(id)}${more}`;
const parts = async () => {
  const [providers, tools] = await Promise.all([hub.get("/api/providers"), hub.get("/api/tools")]);
  return { providers: providers.items, tools: tools.items };
};

function tabs(agent, current) {
  const tab = (name, text, href) => h("a", { href, "aria-current": current === name ? "page" : null }, text);
  return h(
    "nav",
    { class: "tabs", "aria-label": "Agent" },
    tab("edit", "Settings", `#/agents/${agent.id}`),
    tab("versions", "Versions", `#/agents/${agent.id}/versions`),
  );
}

async function edit(id) {
  const [agent, rest] = await Promise.all([hub.get(path(id)), parts()]);
  if (id === "demo")
    return [
      head(
        `${agent.emoji} ${agent.name}`,
        "Built in: it answers offline and needs no key. It cannot be changed.",
        h("a", { class: "button primary", href: "#/new?agent=demo" }, "Try"),
      ),
    ];
  return form(agent, rest);
}

// What has a field of its own; the rest of the config is JSON.
const OWN = ["systemPrompt", "temperature", "maxTokens", "tools"];

function form(agent, { providers, tools }, query) {
  const config = agent?.config || {};
  const rest = Object.fromEntries(Object.entries(config).filter(([name]) => !OWN.includes(name)));
  const simpleTools = !config.tools || config.tools.every((one) => typeof one === "string");
  if (!simpleTools) rest.tools = config.tools;
  const text = (value, members = {}) => h("input", { type: "text", value: value ?? "", ...members });
  const fields = {
    name: text(agent?.name, { required: true, maxlength: "200" }),
    emoji: text(agent?.emoji ?? "🤖", { maxlength: "16" }),
    description: text(agent?.description, { maxlength: "4000" }),
    workspace: text(agent?.workspace ?? "default"),
    model: text(agent?.model, { placeholder: "gpt-4o-mini" }),
    provider: select(
      providers.map((one) => [one.name, one.title]),
      agent?.provider ?? query?.get("provider") ?? "openai",
    ),
    systemPrompt: h("textarea", { rows: "6", value: config.systemPrompt ?? "" }),
    temperature: h("input", { type: "number", step: "0.1", min: "0", max: "2", value: config.temperature ?? "" }),
    maxTokens: h("input", { type: "number", min: "1", value: config.maxTokens ?? "" }),
    rest: h("textarea", {
      class: "code-text",
      spellcheck: "false",
      rows: "10",
      value: Object.keys(rest).length ? JSON.stringify(rest, null, 2) : "",
    }),
  };
  const boxes = simpleTools
    ? tools.map((tool) => {
        const box = h("input", { type: "checkbox", checked: config.tools?.includes(tool.name) || false, value: tool.name });
        return [box, h("label", { class: "pick", title: tool.description }, box, tool.name)];
      })
    : [];
  const forModels = h(
    "div",
    { class: "form" },
    h("div", { class: "pair" }, field("Model", fields.model)),
    field("System prompt", fields.systemPrompt),
    h(
      "div",
      { class: "pair" },
      field("Temperature", fields.temperature, "Empty is the model's own."),
      field("Longest answer, tokens", fields.maxTokens),
    ),
    boxes.length > 0 &&
      h(
        "div",
        { class: "field", role: "group", "aria-label": "Tools" },
        h("span", { class: "label" }, "Tools"),
        h(
          "div",
          { class: "picks" },
          boxes.map(([, label]) => label),
        ),
      ),
  );
  const more = h(
    "div",
    {},
    field(
      "More settings, as JSON",
      fields.rest,
      "fallbacks, cache, timeouts, reasoningEffort, pipeline and all others; what is a key is masked and stays as it is.",
    ),
  );
  const adapt = () => {
    forModels.hidden = fields.provider.value === "pipeline";
  };
  fields.provider.addEventListener("change", adapt);
  adapt();
  const wrong = h("div", {});

  const read = () => {
    const isPipeline = fields.provider.value === "pipeline";
    let settings = {};
    try {
      if (fields.rest.value.trim()) settings = JSON.parse(fields.rest.value);
    } catch (error) {
      throw { message: `More settings are no JSON: ${error.message}` };
    }
    if (!isPipeline) {
      if (fields.systemPrompt.value) settings.systemPrompt = fields.systemPrompt.value;
      for (const name of ["temperature", "maxTokens"]) if (fields[name].value !== "") settings[name] = Number(fields[name].value);
      const chosen = boxes.filter(([box]) => box.checked).map(([box]) => box.value);
      if (chosen.length) settings.tools = chosen;
    }
    const body = {
      name: fields.name.value,
      emoji: fields.emoji.value,
      description: fields.description.value || null,
      workspace: fields.workspace.value,
      provider: fields.provider.value,
      config: settings,
    };
    if (!isPipeline) body.model = fields.model.value;
    return body;
  };
  const save = async (event) => {
    event.preventDefault();
    try {
      const saved = agent
        ? await hub.call("PATCH", path(agent.id), read(), { "If-Match": `"${agent.version}"` })
        : await hub.post("/api/agents", read());
      await readAgents();
      toast(agent ? `Saved as version ${saved.version}` : "Created");
      if (agent) dispatchEvent(new HashChangeEvent("hashchange"));
      else location.hash = `#/agents/${saved.id}`;
    } catch (error) {
      fill(
        wrong,
        problem(
          error.status === 412 ? { message: "Somebody has changed this agent meanwhile.", hint: "Open it again to see what." } : error,
        ),
      );
    }
  };
  const pause = async () => {
    try {
      await hub.post(path(agent.id, agent.status === "active" ? "/pause" : "/resume"));
      await readAgents();
      dispatchEvent(new HashChangeEvent("hashchange"));
    } catch (error) {
      complain(error);
    }
  };
  const remove = async () => {
    if (!(await ask(`Delete ${agent.name}?`, h("p", {}, "It answers no more. Its messages and versions stay."), "Delete", "danger")))
      return;
    try {
      await hub.call("DELETE", path(agent.id));
      await readAgents();
      location.hash = "#/agents";
    } catch (error) {
      complain(error);
    }
  };
  return [
    agent
      ? head(
          `${agent.emoji} ${agent.name}`,
          `Version ${agent.version} · changed ${since(agent.updatedAt)}`,
          chip(agent.status, agent.status),
          h("a", { class: "button", href: `#/new?agent=${agent.id}` }, "Try"),
          h("button", { type: "button", onclick: pause }, agent.status === "active" ? "Pause" : "Resume"),
          h("button", { type: "button", onclick: remove }, "Delete"),
        )
      : head("New agent", "It can be changed at any time; every change is a version that can be restored."),
    agent && tabs(agent, "edit"),
    h(
      "form",
      { class: "form", onsubmit: save },
      h(
        "div",
        { class: "pair" },
        field("Name", fields.name),
        field("Sign", fields.emoji),
        field("Provider", fields.provider),
        field("Workspace", fields.workspace),
      ),
      field("Description", fields.description),
      forModels,
      more,
      wrong,
      h(
        "div",
        { class: "actions" },
        h("button", { class: "primary" }, agent ? "Save" : "Create"),
        h("a", { class: "button plain", href: "#/agents" }, "Cancel"),
      ),
    ),
  ];
}

async function versions(id, number) {
  const [agent, page] = await Promise.all([hub.get(path(id)), hub.get(path(id, "/versions?limit=100"))]);
  const shown = number ? await hub.get(path(id, `/versions/${encodeURIComponent(number)}`)) : null;
  const restore = async () => {
    try {
      const saved = await hub.post(path(id, "/restore"), { version: shown.version });
      await readAgents();
      toast(`Version ${shown.version} is back, as version ${saved.version}`);
      location.hash = `#/agents/${id}`;
    } catch (error) {
      complain(error);
    }
  };
  const content = ({ name, description, provider, model, emoji, workspace, status, config }) =>
    JSON.stringify({ name, description, emoji, provider, model, workspace, status, config }, null, 2);
  const before = page.items.find((one) => shown && one.version === shown.version - 1);
  const difference = (title, from, to) =>
    h(
      "section",
      {},
      h("h2", {}, title),
      from === to
        ? h("p", { class: "soft" }, "Nothing differs.")
        : h(
            "div",
            { class: "diff", tabindex: "0", role: "region", "aria-label": title },
            diffLines(from, to).map(([kind, line]) => h(kind === "+" ? "ins" : kind === "-" ? "del" : "span", {}, `${kind} ${line}`)),
          ),
    );
  return [
    head(
      `${agent.emoji} ${agent.name}`,
      shown
        ? `Version ${shown.version} of ${agent.version}, ${when(shown.updatedAt)}`
        : `${count(page.items.length)} versions; each run names the one that answered.`,
      shown &&
        shown.version !== agent.version &&
        h("button", { type: "button", class: "primary", onclick: restore }, `Restore version ${shown.version}`),
    ),
    tabs(agent, "versions"),
    shown && difference(`What restoring version ${shown.version} would change`, content(agent), content(shown)),
    shown && before && difference(`What version ${shown.version} changed`, content(before), content(shown)),
    h(
      "ul",
      { class: "rows" },
      page.items.map((one) =>
        h(
          "li",
          {},
          h(
            "a",
            {
              class: "row",
              href: `#/agents/${id}/versions/${one.version}`,
              "aria-current": shown?.version === one.version ? "true" : null,
            },
            h(
              "span",
              { class: "grow" },
              h("span", { class: "name" }, `Version ${one.version}`),
              h("span", { class: "soft small" }, `${one.provider} · ${one.model} · ${when(one.updatedAt)}`),
            ),
            one.version === agent.version && chip("current", "active"),
          ),
        ),
      ),
    ),
  ];
}
