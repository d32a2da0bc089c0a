// The rule of conversations: events in, state out. It knows no socket, no clock and no page.

import { Branches, sees } from "./branches.js";

const FINAL = new Set(["completed", "failed", "stopped", "interrupted"]);

// Old parts of the log are read again for what pages of messages lack; they must not bring back what was.
function isNews(noun, seq) {
  if (seq < (noun.toldAt ?? 0)) return false;
  noun.toldAt = seq;
  return true;
}

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
    Object.assign(this, { branches: new Branches(), view: null, way: null });
    Object.assign(this, { messages: new Map(), runs: new Map(), tools: new Map(), steps: new Map(), touched: new Set() });
    this.touched.add("all");
  }

  /** Takes a snapshot: the newest messages, the text so far of open ones, the runs that are not over. */
  replace(snapshot, epoch) {
    const known = this.epoch === epoch && snapshot.messages.some((item) => this.messages.has(item.id));
    const older = known ? [this.messages, this.runs, this.tools, this.steps, this.oldest, this.hasOlder, this.title, this.view] : null;
    this.clear();
    if (older) [this.messages, this.runs, this.tools, this.steps, this.oldest, this.hasOlder, this.title, this.view] = older;
    this.epoch = epoch;
    this.seq = snapshot.seq;
    this.setBranches(snapshot.branches || []);
    this.branches.toldAt = snapshot.seq;
    for (const message of this.messages.values()) message.open = false;
    this.add(snapshot.messages);
    if (!older) this.hasOlder = snapshot.messages.length >= 50;
    this.addRuns(snapshot.runs || [], snapshot.seq);
    for (const open of snapshot.open || []) {
      const message = this.#message(open.message, open);
      Object.assign(message, { text: open.text, thought: open.thought, open: true, seq: open.seq });
    }
    for (const { run, approvals } of snapshot.approvals || []) this.#wait(run, approvals, snapshot.seq);
  }

  /** Takes over all branches, as a snapshot or the tree of the conversation has them. */
  setBranches(items) {
    this.branches = new Branches(items);
    for (const { run, branch } of items) if (run) this.#run(run, { branch });
    this.#turned();
  }

  /** Lets this page alone look at the way to a branch's end; null goes back to the conversation's own path. */
  look(branch) {
    this.view = branch;
    this.#turned();
  }

  /** The branch of a message. */
  branchOf(message) {
    return message.branch ?? this.runs.get(this.rootOf(message))?.branch ?? 0;
  }

  /** The run that a message belongs to, or the one that its run is a part of. */
  rootOf(message) {
    return this.runs.get(message.run)?.parent || message.run;
  }

  /** Whether a message is on the path that is shown. */
  shows(message) {
    if (!this.branches.items.length) return true;
    const fork = this.#path.get(this.branchOf(message));
    return fork === null || (fork !== undefined && sees(fork, message.seq, this.rootOf(message)));
  }

  /** Whether a run that is not over answers on the path that is shown. */
  showsRun(run) {
    return !this.branches.items.length || this.#path.get(this.runs.get(run.parent || run.id)?.branch ?? 0) === null;
  }

  /** The run whose answer to a question is shown, where it was answered more than once. */
  answering(question) {
    return this.branches.answers(question).find((version) => !version.first && this.#path.has(version.branch))?.run;
  }

  get #path() {
    return (this.way ??= this.branches.path(this.view ?? this.branches.end));
  }

  #turned() {
    this.way = null;
    this.touched.add("all");
  }

  /** Adds stored messages, as pages of the history have them. */
  add(items) {
    for (const item of items) {
      const message = this.#message(item.id, item);
      Object.assign(message, { role: item.role, type: item.type, text: item.text, parts: item.parts, seq: item.seq, at: item.createdAt });
      Object.assign(message, { parent: item.parent, branch: item.branch ?? 0, open: false, stored: true });
      if (this.oldest === null || item.seq < this.oldest) this.oldest = item.seq;
    }
  }

  /** Adds runs as `GET /api/runs` tells them; with `seq`, as they were at that moment, which then counts more than what is known. */
  addRuns(items, seq = null) {
    for (const item of items) {
      const { id, agent, agentName: name, agentVersion: version, parentRun: parent } = item;
      const known = this.#run(id, {});
      const isOlder = seq === null ? known.status && !FINAL.has(item.status) : !isNews(known, seq);
      this.#run(id, { ...item, branch: item.branch ?? 0, agent: { id: agent, name }, version, parent, ...(isOlder ? { status: null } : {}) });
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
    if (event.run && (event.agent || event.parentRun))
      this.#run(event.run, { agent: event.agent, parent: event.parentRun, step: event.step });
    if (type === "message.delta") return this.#grow(event);
    if (type.startsWith("branch.")) this.#branch(event);
    else if (type.startsWith("message.")) this.#complete(event);
    else if (type.startsWith("run.")) this.#turn(event);
    else if (type.startsWith("tool.")) this.#call(event, type.slice(5));
    else if (type.startsWith("step.") || type === "route.decided") this.#step(event);
    else if (type === "attempt.started") this.#run(event.run, { provider: event.provider, model: event.model });
    else if (type === "conversation.deleted") this.#set({ deleted: true });
    else if (type.startsWith("conversation.") && event.title !== undefined) this.#set({ title: event.title });
    return true;
  }

  #branch(event) {
    if (!isNews(this.branches, event.seq)) return;
    if (event.type === "branch.selected") this.branches.mark(event.selected);
    else {
      if (event.run) this.#run(event.run, { branch: event.branch });
      this.branches.add({ ...event, selected: true });
    }
    this.#turned();
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
      if (event.channel === "thought" && event.position <= known.thought.length)
        known.thought += event.text.slice(known.thought.length - event.position);
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
    message.branch = event.branch ?? 0;
    if (event.run && event.role === "user" && !event.step) this.#run(event.run, { branch: message.branch });
    for (const name of ["parts", "parent", "finish", "usage", "step"]) if (event[name] !== undefined) message[name] = event[name];
  }

  #turn(event) {
    const { status, usage, cost, error, at } = event;
    const run = this.#run(event.run, {});
    if (event.type === "run.queued") run.createdAt ||= at;
    // One that takes up a question that was there answers where the path ends at that moment.
    if (event.type === "run.queued" && event.seq > this.seq) run.branch ??= this.branches.end;
    if (event.type === "run.started") run.startedAt ||= at;
    if (!isNews(run, event.seq)) return;
    this.#run(event.run, { status, usage, cost, error });
    if (event.approvals) this.#wait(event.run, event.approvals, event.seq);
    if (!FINAL.has(status)) return;
    run.finishedAt = at;
    for (const message of this.messages.values()) if (message.run === event.run && message.open) this.#message(message.id, {}).open = false;
    for (const tool of this.tools.values())
      if (tool.run === event.run && (tool.state === "running" || tool.state === "waiting")) tool.state = "stopped";
  }

  #wait(run, approvals, seq) {
    for (const wanted of approvals) this.#tool(wanted.run || run, wanted, { state: "waiting", whole: true }, seq);
  }

  #call(event, name) {
    const { result, ms, cut, error, step } = event;
    this.#tool(event.run, event, { state: name === "started" ? "running" : name, result, ms, cut, error, step }, event.seq);
  }

  #tool(run, { call, tool: name, arguments: input, round }, members, seq) {
    const id = `${run}/${call}`;
    let tool = this.tools.get(id);
    if (!tool) this.tools.set(id, (tool = { id, run, call, name, round }));
    if (!isNews(tool, seq)) delete members.state;
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
    if (!isNews(step, event.seq)) return;
    if (event.type === "step.completed") Object.assign(step, { state: "completed", result: event.result, finishedAt: event.at });
    if (event.type === "step.failed")
      Object.assign(step, { state: event.retry ? "retrying" : "failed", error: event.error, finishedAt: event.at });
    this.touched.add(event.run);
  }
}
