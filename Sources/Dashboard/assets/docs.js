// The documentation: reads the documents that the hub makes of its own tables, and sends what is tried.
import { h, fill, prose } from "./dom.js";
import { block, shape } from "./schema.js";
import { socketSection } from "./console.js";

const page = document.getElementById("page");
const METHODS = ["get", "post", "put", "patch", "delete"];
const pretty = (value) => JSON.stringify(value, null, 2);
let api;

// --- trying

/** A word as a shell reads it. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** What the form says, as a request. */
function request(form) {
  let path = form.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, input } of form.inputs) {
    const value = input.value;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (parameter.in === "query") query.append(parameter.name, value);
    else headers[parameter.name] = value;
  }
  if (form.accept?.value) headers.Accept = form.accept.value;
  let body;
  if (form.file) {
    body = new FormData();
    if (form.file.files[0]) body.append("file", form.file.files[0]);
  } else if (form.body?.value) {
    body = form.body.value;
    headers["Content-Type"] = form.type.value;
  }
  return { method: form.method.toUpperCase(), url: path + (query.size ? `?${query}` : ""), headers, body };
}

function curl(form) {
  const { method, url, headers, body } = request(form);
  const parts = ["curl", "-N", ...(method === "GET" ? [] : ["-X", method]), quoted(location.origin + url)];
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
  if (form.file) parts.push("-F", quoted("file=@FILE.csv"));
  else if (body) parts.push("--data-binary", quoted(body));
  return parts.join(" ");
}

async function send(form, output, button) {
  if (form.running) return form.running.abort();
  form.running = new AbortController();
  button.textContent = "Stop";
  const begun = performance.now();
  const status = h("p", { role: "status", class: "small" }, "Waiting for the answer…");
  const text = block("Answer");
  fill(output, status, text);
  try {
    const { url, ...options } = request(form);
    const answer = await fetch(url, { ...options, signal: form.running.signal });
    const type = answer.headers.get("content-type") || "";
    fill(status, h("strong", { class: answer.ok ? "good" : "bad" }, `${answer.status} ${answer.statusText}`), ` · ${type || "no body"} · ${Math.round(performance.now() - begun)} ms`);
    if (answer.body) await read(answer.body, text, type);
  } catch (error) {
    status.append(h("span", { class: "bad" }, error.name === "AbortError" ? " · stopped" : ` · ${error.message}`));
  }
  form.running = undefined;
  button.textContent = "Send";
}

/** Shows an answer while it comes; JSON is put in order at its end. */
async function read(body, text, type) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text.append(decoder.decode(value, { stream: true }));
    text.scrollTop = text.scrollHeight;
  }
  if (!type.startsWith("application/json")) return;
  try {
    fill(text, pretty(JSON.parse(text.textContent)));
    text.scrollTop = 0;
  } catch {
    // It stays as it came.
  }
}

// --- an operation

const identifier = (operation, name) => `${operation.operationId}-${name}`;

function field(operation, parameter) {
  const id = identifier(operation, parameter.name);
  const { schema } = parameter;
  const example = parameter.example ?? "";
  const input = schema.enum
    ? h("select", { id }, parameter.required ? null : h("option", { value: "" }, "–"), schema.enum.map((word) => h("option", { value: word }, word)))
    : h("input", { id, type: "text", value: parameter.required ? String(example) : "", placeholder: String(example) });
  const label = h("label", { for: id }, h("code", {}, parameter.name), parameter.required ? h("span", { class: "needed" }, " needed") : null, ` in ${parameter.in}`);
  return { parameter, input, node: h("div", { class: "field" }, label, input, h("span", { class: "small soft" }, prose(parameter.description))) };
}

function bodyFields(operation, form) {
  const content = operation.requestBody?.content;
  if (!content) return [];
  if (content["multipart/form-data"]) {
    form.file = h("input", { type: "file", id: identifier(operation, "file") });
    return h("div", { class: "field" }, h("label", { for: form.file.id }, "File"), form.file);
  }
  const types = Object.keys(content);
  const example = (type) => (typeof content[type].example === "string" ? content[type].example : pretty(content[type].example));
  form.body = h("textarea", { id: identifier(operation, "body"), spellcheck: "false", value: example(types[0]) });
  form.type = h("select", { id: identifier(operation, "type"), onchange: () => (form.body.value = example(form.type.value)) }, types.map((type) => h("option", { value: type }, type)));
  return [
    h("div", { class: "field", hidden: types.length < 2 }, h("label", { for: form.type.id }, "Type of the body"), form.type),
    h("div", { class: "field" }, h("label", { for: form.body.id }, "Body"), form.body),
  ];
}

function tryIt(method, path, operation) {
  const fields = (operation.parameters || []).map((parameter) => field(operation, parameter));
  const form = { method, path, inputs: fields };
  const body = bodyFields(operation, form);
  const types = Object.keys(operation.responses["200"]?.content || {});
  if (types.length > 1)
    form.accept = h("select", { id: identifier(operation, "accept") }, types.map((type) => h("option", { value: type }, type)));
  const output = h("div", {});
  const line = block("Line for a shell");
  line.hidden = true;
  const button = h("button", { type: "submit", class: "primary" }, "Send");
  const copy = h("button", { type: "button", onclick: async () => {
    fill(line, curl(form)).hidden = false;
    await navigator.clipboard?.writeText(line.textContent).then(() => (copy.textContent = "Copied"), () => {});
  } }, "As curl");
  return h("section", {}, h("h3", {}, "Try it"),
    h("form", { class: "form", onsubmit: (event) => (event.preventDefault(), send(form, output, button)) },
      fields.length ? h("div", { class: "fields" }, fields.map((one) => one.node)) : null, body,
      form.accept ? h("div", { class: "field" }, h("label", { for: form.accept.id }, "Answer as"), form.accept) : null,
      h("div", { class: "actions" }, button, copy)),
    line, output);
}

/** What an example looks like on the wire. */
function wire(type, example) {
  if (type !== "text/event-stream") return typeof example === "string" ? example : pretty(example);
  return Object.entries(example).map(([name, value]) => `${name}: ${value}\n`).join("") + "\n";
}

function answer(status, response, isOpen) {
  if (response.$ref) response = api.components.responses[response.$ref.split("/").pop()];
  const contents = Object.entries(response.content || {});
  return h("details", { class: "answer", open: isOpen },
    h("summary", {}, h("strong", { class: status < 400 ? "good" : "bad" }, status), " ", prose(response.description)),
    contents.map(([type, content]) => [
      h("p", { class: "small soft" }, type),
      block(`Form of ${status} as ${type}`, shape(content.schema)),
      content.example === undefined ? null : h("details", {}, h("summary", { class: "small soft" }, "Example"), block("Example", wire(type, content.example))),
    ]));
}

function details(method, path, operation) {
  const statuses = Object.entries(operation.responses);
  const own = statuses.filter(([, response]) => !response.$ref);
  const refusals = statuses.filter(([, response]) => response.$ref);
  const bodies = Object.entries(operation.requestBody?.content || {});
  const canBeTried = !operation.responses["101"];
  return h("div", { class: "detail" },
    operation.description ? h("p", {}, prose(operation.description)) : null,
    bodies.length ? h("section", {}, h("h3", {}, "Body"), bodies.map(([type, content]) => [
      h("p", { class: "small soft" }, type), block(`Form of the body as ${type}`, shape(content.schema))])) : null,
    h("section", {}, h("h3", {}, "Answers"), own.map(([status, response], index) => answer(status, response, index === 0)),
      h("details", { class: "answer" }, h("summary", { class: "soft" }, "What every operation may answer"), refusals.map(([status, response]) => answer(status, response, false)))),
    canBeTried ? tryIt(method, path, operation) : h("p", {}, h("a", { href: "#over-sockets" }, "Try it in the socket console.")));
}

function fold(method, path, operation) {
  const node = h("details", { class: "operation", id: operation.operationId },
    h("summary", {}, h("span", { class: `method ${method}` }, method.toUpperCase()), h("span", { class: "path" }, path), h("span", { class: "soft" }, prose(operation.summary))));
  node.dataset.words = `${method} ${path} ${operation.summary} ${operation.operationId} ${operation.description || ""}`.toLowerCase();
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) node.append(details(method, path, operation));
  });
  return node;
}

// --- the page

const slug = (text) => text.toLowerCase().replaceAll(/[^a-z]+/g, "-");

function schemaSection() {
  return h("section", { id: "schemas" }, h("h2", {}, "Schemas"), h("p", { class: "soft" }, "The nouns, named once."),
    Object.entries(api.components.schemas).map(([name, schema]) => {
      const node = h("details", { class: "operation", id: `schema-${name}` }, h("summary", {}, h("span", { class: "path" }, name), h("span", { class: "soft" }, schema.description || "")));
      node.dataset.words = name.toLowerCase();
      node.addEventListener("toggle", () => {
        if (node.open && node.children.length === 1)
          node.append(h("div", { class: "detail" }, block(`Form of ${name}`, shape(schema)),
            schema.examples?.[0] ? block(`Example of ${name}`, pretty(schema.examples[0])) : null));
      });
      return node;
    }));
}

function find(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of page.querySelectorAll("section[id]")) {
    let shown = 0;
    for (const node of section.querySelectorAll(":scope > .operation")) {
      node.hidden = !wanted.every((word) => node.dataset.words.includes(word));
      shown += !node.hidden;
    }
    section.hidden = wanted.length > 0 && shown === 0;
  }
}

/** Opens what the address names. */
function open() {
  const node = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!node || node.id === "main") return;
  node.hidden = false;
  if (node.tagName === "DETAILS") node.open = true;
  node.scrollIntoView();
}

async function begin() {
  const [answer, socket] = await Promise.all([fetch(document.getElementById("document").href), fetch("/asyncapi.json")]);
  api = await answer.json();
  document.getElementById("title").textContent = document.title = api.info.title;
  const operations = Object.entries(api.paths).flatMap(([path, methods]) => METHODS.filter((method) => methods[method]).map((method) => [method, path, methods[method]]));
  const sections = api.tags.map((tag) => {
    const own = operations.filter(([, , operation]) => operation.tags.includes(tag.name));
    return { id: slug(tag.name), name: tag.name, count: own.length,
      node: h("section", { id: slug(tag.name) }, h("h2", {}, tag.name), h("p", { class: "soft" }, prose(tag.description)), own.map((one) => fold(...one))) };
  });
  const sockets = await socketSection(await socket.json());
  sections.push({ id: "over-sockets", name: "Sockets", count: sockets.count, node: sockets.node });
  sections.push({ id: "schemas", name: "Schemas", count: Object.keys(api.components.schemas).length, node: schemaSection() });
  const search = h("input", { type: "search", id: "find", "aria-label": "Find an operation", placeholder: "Find an operation", oninput: () => find(search.value) });
  fill(page, h("header", { class: "head" }, h("div", {}, h("h1", {}, api.info.title), h("p", { class: "soft" }, prose(api.info.description)))),
    h("div", { class: "find" }, search), sections.map((section) => section.node));
  fill(document.getElementById("groups"), sections.map((section) => h("li", {}, h("a", { href: `#${section.id}` }, section.name, h("span", { class: "soft numbers" }, section.count)))));
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    search.focus();
  });
  addEventListener("hashchange", open);
  open();
}

begin().catch((error) => fill(page, h("div", { class: "problem", role: "alert" }, h("p", {}, `The documents cannot be read: ${error.message}. Is the hub there? Load the page again.`))));
