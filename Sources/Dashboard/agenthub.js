// agenthub.js: follows conversations of an AgentHub from a page, exactly, through reloads, sleep and restarts.
//
//   import { AgentHub } from "/agenthub.js";
//   const hub = new AgentHub({ name: "Ann" });
//   const chat = hub.watch(id, { change: ({ conversation }) => draw(conversation.messages) });
//   await hub.invoke({ agent: "demo", message: "Hello", conversation: id });
//   chat.older();                                  // 50 messages before the oldest known one
//   hub.follow({ event: (event) => …, reset: (snapshot) => … });   // everything that happens
//   hub.addEventListener("state", () => show(hub.state));   // connecting, live, polling, waiting, refused
//
// `Conversation` is the rule (events in, state out; it knows no socket, clock or page), `AgentHub` is the transport.

const FINAL = new Set(["completed", "failed", "stopped", "interrupted"]);

/** A conversation as its events add up. Messages keep their order of arrival; whoever draws them may sort by `seq` or group by `run`. */
export class Conversation {
  constructor(id) {
    this.id = id;
    this.epoch = null;
    this.clear();
  }

  /** Forgets everything; `seq` is then unknown. */
  clear() {
    Object.assign(this, { title: null, seq: null, deleted: false, oldest: null, hasOlder: true });
    Object.assign(this, { messages: new Map(), runs: new Map(), tools: new Map(), steps: new Map(), touched: new Set() });
    this.touched.add("all");
  }

  /** Takes a snapshot: the newest messages, the text so far of open ones, the runs that are not over. */
  replace(snapshot, epoch) {
    const known = this.epoch === epoch && snapshot.messages.some((item) => this.messages.has(item.id));
    const older = known ? [this.messages, this.runs, this.tools, this.steps, this.oldest, this.hasOlder, this.title] : null;
    this.clear();
    if (older) [this.messages, this.runs, this.tools, this.steps, this.oldest, this.hasOlder, this.title] = older;
    this.epoch = epoch;
    this.seq = snapshot.seq;
    for (const message of this.messages.values()) message.open = false;
    this.add(snapshot.messages);
    if (!older) this.hasOlder = snapshot.messages.length >= 50;
    this.addRuns(snapshot.runs || []);
    for (const open of snapshot.open || []) {
      const message = this.#message(open.message, open);
      Object.assign(message, { text: open.text, thought: open.thought, open: true, seq: open.seq });
    }
    for (const { run, approvals } of snapshot.approvals || []) this.#wait(run, approvals);
  }

  /** Adds stored messages, as pages of the history have them. */
  add(items) {
    for (const item of items) {
      const message = this.#message(item.id, item);
      Object.assign(message, { role: item.role, type: item.type, text: item.text, parts: item.parts, seq: item.seq, at: item.createdAt });
      Object.assign(message, { parent: item.parent, open: false, stored: true });
      if (this.oldest === null || item.seq < this.oldest) this.oldest = item.seq;
    }
  }

  /** Adds runs as `GET /api/runs` tells them. */
  addRuns(items) {
    for (const item of items) {
      const { id, agent, agentName: name, agentVersion: version, input, output } = item;
      this.#run(id, { ...item, agent: { id: agent, name }, version, input, output, parent: item.parentRun });
    }
  }

  /** Takes the next event: `applied`, `known` when it was there already, or `missing` when others before it are. */
  take(event) {
    if (this.seq === null || event.seq - (event.count || 1) > this.seq) return "missing";
    if (event.seq <= this.seq) return "known";
    if (!this.fold(event)) return "missing";
    this.seq = event.seq;
    return "applied";
  }

  /** Lets an event change the state, whatever its number; the same event twice changes nothing. False when text before it is missing. */
  fold(event) {
    const { type } = event;
    if (event.run && (event.agent || event.parentRun)) this.#run(event.run, { agent: event.agent, parent: event.parentRun, step: event.step });
    if (type === "message.delta") return this.#grow(event);
    if (type.startsWith("message.")) this.#complete(event);
    else if (type.startsWith("run.")) this.#turn(event);
    else if (type.startsWith("tool.")) this.#call(event, type.slice(5));
    else if (type.startsWith("step.") || type === "route.decided") this.#step(event);
    else if (type === "attempt.started") this.#run(event.run, { provider: event.provider, model: event.model });
    else if (type === "conversation.deleted") this.#set({ deleted: true });
    else if (type.startsWith("conversation.") && event.title !== undefined) this.#set({ title: event.title });
    return true;
  }

  #set(members) {
    Object.assign(this, members);
    this.touched.add("head");
  }

  #message(id, { run = null, agent = null }) {
    let message = this.messages.get(id);
    if (!message) {
      message = { id, run, role: "agent", type: "message", text: "", thought: "", open: true, parts: null, seq: Infinity, step: null };
      this.messages.set(id, message);
    }
    if (agent) message.agent = typeof agent === "string" ? { id: agent } : agent;
    if (run) message.run = run;
    this.touched.add(id);
    return message;
  }

  #run(id, members) {
    let run = this.runs.get(id);
    if (!run) this.runs.set(id, (run = { id, status: null }));
    for (const name in members) if (members[name] !== undefined && members[name] !== null) run[name] = members[name];
    this.touched.add(id);
    return run;
  }

  // Positions count UTF-16 units, as `length` does: what is there already is cut off, what is missing is told.
  #grow(event) {
    const known = this.messages.get(event.message);
    if (known && !known.open) {
      if (event.channel === "thought" && event.position === known.thought.length) known.thought += event.text;
      this.touched.add(event.message);
      return true;
    }
    const field = event.channel === "thought" ? "thought" : "text";
    const length = known ? known[field].length : 0;
    if (event.position > length) return false;
    const message = known || this.#message(event.message, event);
    if (event.step) message.step = event.step;
    if (event.channel === "step") message.type = "action";
    if (event.agent) message.agent = event.agent;
    message[field] += event.text.slice(length - event.position);
    message.at ||= event.at;
    this.touched.add(message.id);
    return true;
  }

  #complete(event) {
    const message = this.#message(event.message, event);
    Object.assign(message, { role: event.role, type: event.messageType, text: event.text, open: false, seq: event.seq, at: event.at });
    for (const name of ["parts", "parent", "finish", "usage", "step"]) if (event[name] !== undefined) message[name] = event[name];
  }

  #turn(event) {
    const { status, usage, cost, error, at } = event;
    const run = this.#run(event.run, { status, usage, cost, error });
    if (event.type === "run.queued") run.createdAt ||= at;
    if (event.type === "run.started") run.startedAt ||= at;
    if (event.approvals) this.#wait(event.run, event.approvals);
    if (!FINAL.has(status)) return;
    run.finishedAt = at;
    for (const message of this.messages.values()) if (message.run === event.run && message.open) this.#message(message.id, {}).open = false;
    for (const tool of this.tools.values()) if (tool.run === event.run && (tool.state === "running" || tool.state === "waiting")) tool.state = "stopped";
  }

  #wait(run, approvals) {
    for (const wanted of approvals) this.#tool(wanted.run || run, wanted, { state: "waiting", whole: true });
  }

  #call(event, name) {
    const { result, ms, cut, error, step } = event;
    this.#tool(event.run, event, { state: name === "started" ? "running" : name, result, ms, cut, error, step });
  }

  #tool(run, { call, tool: name, arguments: input, round }, members) {
    const id = `${run}/${call}`;
    let tool = this.tools.get(id);
    if (!tool) this.tools.set(id, (tool = { id, run, call, name, round }));
    // A call that ended stays ended, whatever is read again.
    if (tool.state && !["running", "waiting"].includes(tool.state) && ["running", "waiting"].includes(members.state)) delete members.state;
    for (const name in members) if (members[name] !== undefined) tool[name] = members[name];
    if (input !== undefined && !(tool.whole && !members.whole)) tool.arguments = input;
    this.touched.add(run);
  }

  #step(event) {
    const id = `${event.run}/${event.step}`;
    let step = this.steps.get(id);
    if (!step) this.steps.set(id, (step = { id, run: event.run, name: event.step, state: "started" }));
    if (event.stepType) step.type = event.stepType;
    if (event.label) step.label = event.label;
    if (event.type === "step.started") step.startedAt ||= event.at;
    if (event.type === "step.completed") Object.assign(step, { state: "completed", result: event.result, finishedAt: event.at });
    if (event.type === "step.failed") Object.assign(step, { state: event.retry ? "retrying" : "failed", error: event.error, finishedAt: event.at });
    this.touched.add(event.run);
  }
}

/** A key that makes a command count once, however often it is sent. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** What the hub said no to: `code`, `message`, `hint`, and `status` of an HTTP answer. */
export class HubError extends Error {
  constructor({ code = "failed", message, error, detail, hint = null, status = null, temporary = false, retryAfterMs = null }) {
    super(message || error || (typeof detail === "string" ? detail : "") || `The hub answered ${status}.`);
    Object.assign(this, { code, hint, status, temporary, retryAfterMs });
  }
}

/** A conversation that is watched. */
class Watch {
  constructor(hub, id, { change = () => {}, error = () => {}, presence = () => {} }) {
    Object.assign(this, { hub, id, onChange: change, onError: error, onPresence: presence });
    Object.assign(this, { conversation: new Conversation(id), ready: false, waiting: [], healing: false, present: [], typing: [], stream: null });
  }

  get subscription() {
    const { seq, epoch } = this.conversation;
    return { conversation: this.id, ...(seq === null ? {} : { after: seq, epoch }) };
  }

  take(event) {
    if (this.healing) return void this.waiting.push(event);
    const outcome = this.conversation.take(event);
    if (outcome === "missing") {
      this.waiting.push(event);
      this.heal();
    } else if (outcome === "applied") this.onChange(this);
  }

  /** Reads what is missing from the log; what comes meanwhile waits. */
  async heal() {
    this.healing = true;
    const { conversation } = this;
    try {
      for (let after = conversation.seq; after !== null && !this.closed; ) {
        const page = await this.hub.get(`/api/conversations/${encodeURIComponent(this.id)}/events?limit=500&after=${after}`);
        if (page.epoch !== conversation.epoch) throw new HubError({ code: "epoch", message: "The numbering has changed." });
        for (const event of page.items) if (conversation.take(event) === "missing") throw new HubError({ code: "gap", message: "The log has a gap." });
        after = page.next === null ? null : Number(page.next);
      }
    } catch {
      conversation.seq = null;
    }
    this.healing = false;
    const waiting = this.waiting.splice(0);
    if (conversation.seq === null) return this.hub.resubscribe(this);
    for (const event of waiting) this.take(event);
    this.onChange(this);
  }

  /** Reads the page of messages before the oldest known one; false when there is none. */
  async older(limit = 50) {
    const { conversation } = this;
    if (!conversation.hasOlder || conversation.oldest === null) return false;
    const path = `/api/conversations/${encodeURIComponent(this.id)}/messages`;
    const page = await this.hub.get(`${path}?limit=${limit}&before=${conversation.oldest}`);
    conversation.add(page.items);
    conversation.hasOlder = page.next !== null;
    this.onChange(this);
    return page.items.length > 0;
  }

  /** Reads what happened between two positions again: steps, tools and thoughts of old runs, which pages of messages do not have. */
  async recall(from, to) {
    for (let after = Math.max(0, from); after < to; ) {
      const page = await this.hub.get(`/api/conversations/${encodeURIComponent(this.id)}/events?limit=500&after=${after}`);
      for (const event of page.items) if (event.seq <= to) this.conversation.fold(event);
      after = page.next === null ? Infinity : Number(page.next);
    }
    this.onChange(this);
  }

  close() {
    this.closed = true;
    this.stream?.close();
    this.hub.forget(this);
  }
}

/** The connection to a hub. */
export class AgentHub extends EventTarget {
  #socket = null; #nextId = 1; #replies = new Map(); #orders = new Map(); #attempts = 0; #opened = false; #timer = null; #watchdog = null;
  #watches = new Map(); #follower = null; #retryAfter = null; #ping = 25; #closed = false;

  /** `url`: the hub's address, else the page's own; `name` and `client`: whom others see as present. */
  constructor({ url = location.origin, name = null, client = "agenthub.js/1" } = {}) {
    super();
    Object.assign(this, { url: url.replace(/\/$/, ""), name, client, epoch: null, state: "connecting", reason: null });
    this.wake = this.wake.bind(this);
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.#connect();
  }

  /** Watches a conversation; `change`, `error` and `presence` are called with the watch, whose `conversation` is the state. */
  watch(id, listeners = {}) {
    const watch = new Watch(this, id, listeners);
    this.#watches.set(id, watch);
    this.#subscribe(watch);
    return watch;
  }

  /** Follows everything, or events of `types`: `event` gets each one, `reset` that earlier ones are unknown. One follower a connection. */
  follow({ types = null, event = () => {}, reset = () => {} }) {
    const offset = this.#follower?.offset ?? null;
    this.#follower = { types, onEvent: event, onReset: reset, offset, ready: false, live: false };
    this.#subscribe(this.#follower);
  }

  /** The conversations that are watched. */
  get watches() { return this.#watches.values(); }

  invoke({ key = newKey(), ...members }) { return this.order("invoke", { ...members, key }); }
  stop(run) { return this.order("stop", { run, key: newKey() }); }
  /** `decision` (`approve`, `deny`) with `call` or for all calls, or `calls`, as `POST /api/runs/{id}/approve` takes them. */
  approve(run, members) { return this.order("approve", { run, ...members }); }
  typing(conversation, state) { if (this.state === "live") this.#send({ command: "typing", conversation, state }).catch(() => {}); }
  get(path) { return this.call("GET", path); }
  post(path, body, fields) { return this.call("POST", path, body, fields); }

  /** A request to the REST surface. */
  async call(method, path, body, fields = {}) {
    const headers = { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...fields };
    let answer;
    try {
      answer = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new HubError({ code: "unreachable", message: "The hub cannot be reached.", hint: "See that it runs; this page goes on by itself.", temporary: true });
    }
    const content = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) throw new HubError({ ...(content && typeof content === "object" ? content : {}), status: answer.status });
    return content;
  }

  /** Ends the connection for good. */
  close() {
    this.#closed = true;
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  /** The machine was asleep or without a network: finds out at once whether the connection still lives. */
  wake() {
    if (document.visibilityState === "hidden" || this.#closed) return;
    if (this.#socket?.readyState === WebSocket.OPEN) {
      const socket = this.#socket;
      const dead = setTimeout(() => this.#lost(socket, 1006), 5000);
      this.#greet().then(() => clearTimeout(dead), () => {});
    } else if (this.state === "waiting" || this.state === "polling") this.#connect();
  }

  /** Sends a command until it is answered: again after a reconnect, which its key makes harmless. */
  order(command, members) {
    if (this.state === "polling") return this.#orderByRequest(command, members);
    return new Promise((resolve, reject) => {
      const order = { command, members, resolve, reject, tries: 0 };
      this.#orders.set(order, order);
      if (this.state === "live") this.#perform(order);
    });
  }

  async #perform(order) {
    try {
      const result = await this.#send({ command: order.command, ...order.members });
      this.#orders.delete(order);
      order.resolve(result);
    } catch (error) {
      if (error.code === "disconnected") return;  // it is sent again by the next connection
      if (error.temporary && error.retryAfterMs !== null && (order.tries += 1) < 5) return void setTimeout(() => this.state === "live" && this.#perform(order), error.retryAfterMs);
      this.#orders.delete(order);
      order.reject(error);
    }
  }

  async #orderByRequest(command, { run, key, agent, message, conversation, ...members }) {
    if (command !== "invoke") return this.post(`/api/runs/${encodeURIComponent(run)}/${command}`, command === "approve" ? members : undefined);
    const body = { agentId: agent, message, ...(conversation ? { conversationId: conversation } : {}), ...members, background: true };
    const begun = await this.post("/api/invoke", body, { "Idempotency-Key": key });
    return { run: begun.runId ?? begun.id, conversation: begun.conversationId ?? begun.conversation };
  }

  #send(frame) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#replies.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, ...frame }));
    });
  }

  #show(state, reason = null) {
    if (this.state === state && this.reason === reason) return;
    Object.assign(this, { state, reason });
    this.dispatchEvent(new Event("state"));
  }

  #connect() {
    clearTimeout(this.#timer);
    if (this.#closed || this.#socket) return;
    if (this.state !== "polling") this.#show("connecting");
    const socket = (this.#socket = new WebSocket(`${this.url.replace(/^http/, "ws")}/ws`, ["agenthub.v1"]));
    this.#watch(socket, 10);
    socket.onopen = () => this.#open().catch(() => {});
    socket.onmessage = ({ data }) => {
      this.#watch(socket, this.#ping * 2 + 10);
      for (const line of data.split("\n")) if (line) this.#receive(JSON.parse(line));
    };
    socket.onclose = ({ code, reason }) => this.#lost(socket, code, reason);
  }

  #watch(socket, seconds) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(socket, 1006), seconds * 1000);
  }

  #greet() {
    const capabilities = ["presence", "typing", "batches"];
    return this.#send({ command: "hello", client: this.client, ...(this.name ? { name: this.name } : {}), capabilities });
  }

  async #open() {
    this.#opened = true;
    const greeting = await this.#greet();
    this.#ping = greeting.ping || 25;
    this.connection = greeting.connection;
    this.#attempts = 0;
    if (this.epoch !== null && this.epoch !== greeting.epoch) this.dispatchEvent(new Event("epoch"));
    this.epoch = greeting.epoch;
    for (const watch of this.#watches.values()) watch.stream = watch.stream?.close() ?? null;
    this.#show("live");
    if (this.#follower) this.#subscribe(this.#follower);
    for (const watch of this.#watches.values()) this.#subscribe(watch);
    // Without a subscription of its own a connection gets everything; nobody here reads it.
    for (const order of this.#orders.values()) this.#perform(order);
  }

  #lost(socket, code, reason = "") {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearTimeout(this.#watchdog);
    socket.onclose = socket.onmessage = null;
    socket.close();
    for (const { reject } of this.#replies.values()) reject(new HubError({ code: "disconnected", message: "The connection was lost.", temporary: true }));
    this.#replies.clear();
    for (const watch of this.#watches.values()) watch.ready = false;
    if (this.#follower) Object.assign(this.#follower, { ready: false, live: false });
    if (this.#closed) return;
    if (code >= 4500 && code < 5000) return this.#show("refused", reason || String(code));
    if (code >= 4200 && code < 4300) this.#forgetPositions();
    this.#attempts += 1;
    // Some networks let no socket through; requests may still work.
    if (!this.#opened && this.#attempts >= 3) this.#poll();
    else this.#show("waiting");
    // All clients of a hub that stops come back: each at a time of its own.
    const pause = this.#retryAfter ?? Math.min(15000, 250 * 2 ** Math.min(this.#attempts, 6));
    this.#retryAfter = null;
    this.#timer = setTimeout(() => this.#connect(), this.state === "polling" ? 30000 : pause * (0.5 + Math.random() / 2));
  }

  #forgetPositions() {
    for (const { conversation } of this.#watches.values()) conversation.seq = null;
    if (this.#follower) this.#follower.offset = null;
  }

  /** Begins a watch anew, from a snapshot. */
  resubscribe(watch) {
    watch.conversation.seq = null;
    this.#subscribe(watch);
  }

  forget(watch) {
    if (this.#watches.get(watch.id) !== watch) return;
    this.#watches.delete(watch.id);
    if (this.state === "live") this.#send({ command: "unsubscribe", conversation: watch.id }).catch(() => {});
  }

  async #subscribe(topic) {
    topic.ready = false;
    if (this.state === "polling") return topic.id ? this.#stream(topic) : topic.onReset(null);
    if (this.state !== "live") return;
    const isWatch = topic instanceof Watch;
    const { types, offset } = topic;
    const frame = isWatch ? topic.subscription : { everything: true, ...(types ? { types } : {}), ...(offset === null ? {} : { after: offset, epoch: this.#followed }) };
    topic.live = false;
    // What follows a reply comes right behind it, so that the reply itself opens the topic, not the promise of it.
    const id = this.#nextId++;
    this.#replies.set(id, {
      resolve: (ok) => {
        topic.ready = true;
        if (isWatch) topic.conversation.epoch ??= ok.epoch;
        else {
          if (offset === null || !ok.recovered) {
            topic.offset = ok.offset;
            topic.onReset(null);
          }
          this.#followed = ok.epoch;
        }
      },
      reject: (error) => { if (error.code !== "disconnected" && topic.onError) topic.onError(error, topic); },
    });
    this.#socket.send(JSON.stringify({ id, command: "subscribe", ...frame }));
  }
  #followed = null;

  #receive(frame) {
    if (frame.offset !== undefined && frame.type) return this.#event(frame);
    if (frame.ping) {
      this.#socket.send('{"pong":{}}');
      this.#advance(frame.ping.offset);
    } else if (frame.reply !== undefined) {
      const waiting = this.#replies.get(frame.reply);
      this.#replies.delete(frame.reply);
      if (frame.ok) waiting?.resolve(frame.ok);
      else waiting?.reject(new HubError(frame.error));
    } else if (frame.live) {
      if (frame.live.offset === undefined || !this.#follower?.ready) return;
      this.#follower.live = true;
      this.#advance(frame.live.offset);
    } else if (frame.snapshot) this.#snapshot(frame.snapshot);
    else if (frame.bye) this.#retryAfter = frame.bye.retryAfterMs ?? null;
    else if (frame.type === "presence" || frame.type === "typing") {
      const watch = this.#watches.get(frame.conversation);
      if (!watch) return;
      if (frame.type === "presence") watch.present = frame.present || [];
      else watch.typing = frame.typing || [];
      watch.onPresence(watch);
    }
  }

  #event(event) {
    const watch = event.conversation && this.#watches.get(event.conversation);
    if (watch?.ready) watch.take(event);
    const follower = this.#follower;
    if (!follower?.ready) return;
    follower.onEvent(event);
    this.#advance(event.offset);
  }

  // Until everything missed is here, the position stays where it was: another break must not skip the rest.
  #advance(offset) {
    const follower = this.#follower;
    if (follower?.live && offset > follower.offset) follower.offset = offset;
  }

  #snapshot(snapshot) {
    const watch = snapshot.conversation && this.#watches.get(snapshot.conversation);
    if (watch) {
      watch.conversation.replace(snapshot, this.epoch);
      watch.onChange(watch);
    } else if (!snapshot.conversation && this.#follower) {
      this.#follower.offset = snapshot.offset;
      this.#follower.onReset(snapshot);
    }
  }

  // --- without sockets: an event stream for each conversation, requests for the rest

  #poll() {
    this.#show("polling");
    for (const order of this.#orders.values()) this.#orderByRequest(order.command, order.members).then(order.resolve, order.reject);
    this.#orders.clear();
    for (const watch of this.#watches.values()) this.#stream(watch);
    const again = () => {
      if (this.state !== "polling") return;
      this.#follower?.onReset(null);
      setTimeout(again, 3000);
    };
    again();
  }

  async #stream(watch) {
    const { conversation, id } = watch;
    const path = `/api/conversations/${encodeURIComponent(id)}`;
    try {
      if (conversation.seq === null) {
        const [page, log] = [await this.get(`${path}/messages?limit=50&before=end`), await this.get(`${path}/events?limit=1`)];
        conversation.clear();
        conversation.epoch = log.epoch;
        conversation.add(page.items);
        conversation.hasOlder = page.next !== null;
        // What was written after the newest whole message comes as events, open messages from their beginning.
        conversation.seq = page.items.filter((item) => item.role === "user" && !item.step).at(-1)?.seq ?? 0;
        watch.onChange(watch);
      }
    } catch (error) {
      return watch.onError(error, watch);
    }
    watch.stream?.close();
    const stream = (watch.stream = new EventSource(`${this.url}${path}/events?after=${conversation.seq}`));
    stream.onmessage = ({ data }) => watch.take(JSON.parse(data));
    stream.addEventListener("control", () => {});
  }
}
