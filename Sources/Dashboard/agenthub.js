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
// `Conversation` is the rule (events in, state out), `Watch` a conversation that is followed, `AgentHub` the connection.

import { Conversation } from "./assets/conversation.js";
import { HubError, Watch } from "./assets/watch.js";

export { Conversation, HubError };

/** A key that makes a command count once, however often it is sent. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The connection to a hub. */
export class AgentHub extends EventTarget {
  #socket = null;
  #nextId = 1;
  #replies = new Map();
  #orders = new Map();
  #attempts = 0;
  #opened = false;
  #timer = null;
  #watchdog = null;
  #watches = new Map();
  #follower = null;
  #retryAfter = null;
  #ping = 25;
  #closed = false;

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
  get watches() {
    return this.#watches.values();
  }

  invoke({ key = newKey(), ...members }) {
    return this.order("invoke", { ...members, key });
  }
  /** Another answer to the question that `messageId` is, or answers: with `conversation`, and `agent` for another one's. */
  regenerate({ key = newKey(), ...members }) {
    return this.order("regenerate", { ...members, key });
  }
  /** The question `messageId` in other words, `message`; `onBusy: "interrupt"` stops what works. */
  edit({ key = newKey(), ...members }) {
    return this.order("edit", { ...members, key });
  }
  /** Lets a conversation go through `messageId` or `runId`, or to the end of `branch`, for everybody who watches. */
  select(members) {
    return this.order("select", { ...members, key: newKey() });
  }
  /** A copy of a conversation up to `messageId`, or of its whole path; the reply's `conversation` is the copy. */
  fork({ key = newKey(), ...members }) {
    return this.order("fork", { ...members, key });
  }
  stop(run) {
    return this.order("stop", { run, key: newKey() });
  }
  /** `decision` (`approve`, `deny`) with `call` or for all calls, or `calls`, as `POST /api/runs/{id}/approve` takes them. */
  approve(run, members) {
    return this.order("approve", { run, ...members });
  }
  typing(conversation, state) {
    if (this.state === "live") this.#send({ command: "typing", conversation, state }).catch(() => {});
  }
  get(path) {
    return this.call("GET", path);
  }
  post(path, body, fields) {
    return this.call("POST", path, body, fields);
  }

  /** A request to the REST surface. */
  async call(method, path, body, fields = {}) {
    const headers = { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...fields };
    let answer;
    try {
      answer = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new HubError({
        code: "unreachable",
        message: "The hub cannot be reached.",
        hint: "See that it runs; this page goes on by itself.",
        temporary: true,
      });
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
      // The greeting tells a position, which must not hide what is still being caught up with.
      if (this.#follower && !this.#follower.live) return;
      const socket = this.#socket;
      const dead = setTimeout(() => this.#lost(socket, 1006), 5000);
      this.#greet().then(
        () => clearTimeout(dead),
        () => {},
      );
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
      if (error.code === "disconnected") return; // it is sent again by the next connection
      if (error.temporary && error.retryAfterMs !== null && (order.tries += 1) < 5)
        return void setTimeout(() => this.state === "live" && this.#perform(order), error.retryAfterMs);
      this.#orders.delete(order);
      order.reject(error);
    }
  }

  async #orderByRequest(command, { run, key, agent, message, conversation, ...members }) {
    if (["regenerate", "edit", "select", "fork"].includes(command)) {
      const wish = { ...members, ...(agent ? { agentId: agent } : {}), ...(message ? { message } : {}) };
      if (command === "regenerate" || command === "edit") wish.background = true;
      const made = await this.post(`/api/conversations/${encodeURIComponent(conversation)}/${command}`, wish, { "Idempotency-Key": key });
      return command === "fork" ? { conversation: made.id, title: made.title } : { run: made.id, conversation };
    }
    if (command !== "invoke")
      return this.post(`/api/runs/${encodeURIComponent(run)}/${command}`, command === "approve" ? members : undefined);
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
    for (const { reject } of this.#replies.values())
      reject(new HubError({ code: "disconnected", message: "The connection was lost.", temporary: true }));
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
    const frame = isWatch
      ? topic.subscription
      : { everything: true, ...(types ? { types } : {}), ...(offset === null ? {} : { after: offset, epoch: this.#followed }) };
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
      reject: (error) => {
        if (error.code !== "disconnected" && topic.onError) topic.onError(error, topic);
      },
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
        const [page, log] = [await this.get(`${path}/messages?limit=50&branch=all&before=end`), await this.get(`${path}/events?limit=1`)];
        const { branches } = await this.get(`${path}/tree?limit=1`);
        conversation.clear();
        conversation.setBranches(branches);
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
