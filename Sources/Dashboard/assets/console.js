// The sockets' documentation: commands, messages and close codes as the AsyncAPI document has them, and a console to try them.
import { h, fill, prose } from "./dom.js";
import { block, shape } from "./schema.js";

const MOST_LINES = 500;
const pretty = (value) => JSON.stringify(value, null, 2);
const last = (reference) => reference.$ref.split("/").pop();

/** The schemas of the document that references of the page cannot reach stand in it. */
function whole(document, schema) {
  if (!schema?.$ref) return schema;
  return document.components.schemas[last(schema)];
}

function commandFold(document, name, operation) {
  const message = document.components.messages[last(operation.messages[0])];
  const reply = operation.reply && document.components.messages[last(operation.reply.messages[0])];
  return fold(name, "command", operation.summary, () => [
    h("section", {}, h("h3", {}, "Takes"), form(whole(document, message.payload), name)),
    reply ? h("section", {}, h("h3", {}, "Its reply holds"), form(whole(document, reply.payload.properties.ok), `the reply to ${name}`)) : null,
    h("div", { class: "actions" }, h("button", { type: "button", onclick: () => propose(message.examples[0].payload) }, "Put into the console")),
  ]);
}

function messageFold(document, name) {
  const message = document.components.messages[name];
  return fold(name, "event", message.summary, () => [
    form(whole(document, message.payload), name),
    block(`Example of ${name}`, pretty(message.examples[0].payload)),
  ]);
}

const form = (schema, name) => block(`Form of ${name}`, shape(schema));

function fold(name, kind, summary, content) {
  const node = h("details", { class: "operation", id: `socket-${name}` },
    h("summary", {}, h("span", { class: `method ${kind}` }, kind), h("span", { class: "path" }, name), h("span", { class: "soft" }, prose(summary))));
  node.dataset.words = `${kind} ${name} ${summary}`.toLowerCase();
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) node.append(h("div", { class: "detail" }, content()));
  });
  return node;
}

// --- the console

let socket;
const log = h("pre", { id: "log", role: "log", tabindex: "0", "aria-label": "What was said" });
const order = h("textarea", { id: "order", spellcheck: "false", value: pretty({ id: 1, command: "hello" }) });
const state = h("span", { role: "status", class: "small soft" }, "Not connected.");
const connecting = h("button", { type: "button", class: "primary", onclick: connect }, "Connect");
const sending = h("button", { type: "submit", disabled: true }, "Send");

function propose(payload) {
  order.value = pretty(payload);
  order.focus();
  order.scrollIntoView({ block: "center" });
}

function say(sign, text) {
  const isAtEnd = log.scrollTop + log.clientHeight > log.scrollHeight - 40;
  log.append(h("span", { class: sign === "C" ? "word" : "" }, `${sign} ${text}\n`));
  while (log.children.length > MOST_LINES) log.firstChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function connect() {
  if (socket) return socket.close(1000);
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws`, ["agenthub.v1"]);
  state.textContent = "Connecting…";
  socket.onopen = () => {
    state.textContent = "Connected.";
    connecting.textContent = "Disconnect";
    sending.disabled = false;
  };
  socket.onmessage = ({ data }) => {
    for (const line of data.split("\n")) {
      say("S", line);
      if (line.startsWith('{"ping"')) socket.send('{"pong":{}}');
    }
  };
  socket.onclose = ({ code, reason }) => {
    state.textContent = `Closed: ${code} ${reason}`;
    connecting.textContent = "Connect";
    sending.disabled = true;
    socket = undefined;
  };
}

function send(event) {
  event.preventDefault();
  try {
    const text = JSON.stringify(JSON.parse(order.value));
    socket.send(text);
    say("C", text);
  } catch (error) {
    state.textContent = `This is not JSON: ${error.message}`;
  }
}

/** The section of the page, and how much it describes. */
export function socketSection(document) {
  const commands = Object.entries(document.operations).filter(([, operation]) => operation.action === "receive");
  const messages = document.operations.push.messages.map(last);
  const codes = document["x-close-codes"];
  const node = h("section", { id: "over-sockets" }, h("h2", {}, "Sockets"), h("p", { class: "soft" }, prose(document.info.description)),
    h("div", { class: "detail" }, h("section", {}, h("h3", {}, "Try it"),
      h("form", { class: "form", onsubmit: send },
        h("div", { class: "field" }, h("label", { for: "order" }, "Command"), order),
        h("div", { class: "actions" }, connecting, sending, h("button", { type: "button", onclick: () => fill(log) }, "Clear"), state)), log)),
    commands.map(([name, operation]) => commandFold(document, name, operation)),
    messages.map((name) => messageFold(document, name)),
    h("h3", {}, "Close codes"),
    h("table", { class: "table" }, h("thead", {}, h("tr", {}, h("th", {}, "Code"), h("th", {}, "Reason"), h("th", {}, "Come back and resume"))),
      h("tbody", {}, codes.map((code) => h("tr", {}, h("td", {}, code.code), h("td", {}, code.reason), h("td", {}, code.resume ? "yes" : "no"))))));
  return { node, count: commands.length + messages.length };
}
