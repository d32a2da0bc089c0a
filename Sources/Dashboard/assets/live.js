// The one connection of the page, and what is known of all runs, conversations and agents from its events.

import { AgentHub } from "/agenthub.js";
import { soon } from "./dom.js";

export const hub = new AgentHub({ client: "dashboard/1", name: readName() });

function readName() {
  try {
    return localStorage.getItem("name");
  } catch {
    return null;
  }
}

export const WORKING = ["queued", "running", "waiting"];
const RANK = { queued: 0, running: 1, waiting: 1 };

/** Runs and conversations as the wall and the sidebar show them. `touched` holds the runs that have changed since the last frame. */
export const board = {
  runs: new Map(),
  conversations: new Map(),
  agents: new Map(),
  touched: new Set(),
  loaded: false,
  error: null,
  listeners: new Set(),

  /** Calls a function in the frame after a change; gives what ends that. */
  listen(draw) {
    this.listeners.add(draw);
    return () => this.listeners.delete(draw);
  },

  /** Runs that somebody asked for, newest first. */
  list() {
    return [...this.runs.values()].filter((run) => !run.parent).sort((a, b) => (a.id < b.id ? 1 : -1));
  },

  agent(id) {
    return this.agents.get(id) || null;
  },
  nameOf(reference) {
    return this.agent(reference?.id)?.name || reference?.name || "Agent";
  },
  emojiOf(id) {
    return this.agent(id)?.emoji || (id === "demo" ? "🎈" : "🤖");
  },
};

const changed = () => soon(tell);
function tell() {
  for (const listener of [...board.listeners]) listener();
  board.touched.clear();
}

function run(id, members) {
  let known = board.runs.get(id);
  if (!known)
    board.runs.set(id, (known = { id, status: "queued", tail: "", characters: 0, position: -1, step: null, usage: null, cost: null }));
  for (const name in members) if (members[name] !== undefined && members[name] !== null) known[name] = members[name];
  board.touched.add(known.parent || id);
  return known;
}

// What a request tells may be older than what events have told.
function takeRun(item) {
  const known = board.runs.get(item.id);
  const isOlder = known && (RANK[known.status] ?? 2) > (RANK[item.status] ?? 2);
  const {
    agent,
    agentName,
    agentVersion: version,
    parentRun: parent,
    conversation,
    createdAt,
    startedAt,
    finishedAt,
    usage,
    cost,
    error,
    step,
  } = item;
  run(item.id, {
    agent: { id: agent, name: agentName },
    version,
    parent,
    conversation,
    createdAt,
    startedAt,
    finishedAt,
    ...(isOlder ? {} : { status: item.status }),
    usage,
    cost,
    error,
    partOf: step,
  });
}

// A part's text counts as its whole's; what is shown is the newest of it.
function grow(event) {
  const part = run(event.run, { agent: event.agent, conversation: event.conversation, parent: event.parentRun });
  const whole = event.parentRun ? run(event.parentRun, { conversation: event.conversation }) : part;
  whole.characters += event.text.length;
  if (whole.speaking !== `${event.message}${event.channel}`)
    Object.assign(whole, { speaking: `${event.message}${event.channel}`, tail: "", channel: event.channel });
  whole.tail = (whole.tail + event.text).slice(-400);
  if (whole.status === "queued") whole.status = "running";
}

function take(event) {
  const { type } = event;
  if (type === "message.delta") grow(event);
  else if (type.startsWith("run.")) {
    const { status, usage, cost, error, agent, conversation, parentRun: parent } = event;
    const known = run(event.run, { status, usage, cost, error, agent, conversation, parent });
    known.approvals = status === "waiting" ? event.approvals || known.approvals : null;
    if (status === "queued") known.createdAt ||= event.at;
    if (status === "running") known.startedAt ||= event.at;
    if (!WORKING.includes(status)) known.finishedAt = event.at;
    if (known.version === undefined) soon(askVersions);
    bump(event);
  } else if (type === "step.started") run(event.run, { step: event.step });
  else if (type === "tool.started") run(event.parentRun || event.run, { tool: event.tool });
  else if (type === "tool.completed" || type === "tool.failed") run(event.parentRun || event.run, {}).tool = null;
  else if (type === "conversation.deleted") {
    board.conversations.delete(event.conversation);
    for (const [id, known] of board.runs) if (known.conversation === event.conversation) board.runs.delete(id);
    board.touched.add("all");
  } else if (type.startsWith("conversation.")) {
    bump(event);
    if (event.title !== undefined) board.conversations.get(event.conversation).title = event.title;
  } else if (type.startsWith("agent.")) readAgents().catch(() => {});
  else return;
  changed();
}

function bump({ conversation: id, at }) {
  if (!id) return;
  const known = board.conversations.get(id);
  if (known) known.updatedAt = at > known.updatedAt ? at : known.updatedAt;
  else board.conversations.set(id, { id, title: null, updatedAt: at });
}

// Events name no version; new runs are read once a second at most.
let asking = false;
function askVersions() {
  if (asking) return;
  asking = true;
  setTimeout(async () => {
    asking = false;
    try {
      const page = await hub.get("/api/runs?limit=100");
      page.items.forEach(takeRun);
      for (const known of board.runs.values()) known.version ??= null;
      changed();
    } catch {
      /* the next run asks again */
    }
  }, 400);
}

/** Reads the agents anew: active ones, paused ones, and the one that is built in. */
export async function readAgents() {
  const agents = new Map();
  agents.set("demo", await hub.get("/api/agents/demo"));
  for (let next = ""; next !== null; ) {
    const page = await hub.get(`/api/agents?status=all&limit=200${next ? `&after=${encodeURIComponent(next)}` : ""}`);
    const items = Array.isArray(page) ? page : page.items;
    for (const item of items)
      agents.set(item.id, { ...item, name: item.name ?? item.identityName, emoji: item.emoji ?? item.identityEmoji });
    next = page.next ?? null;
  }
  board.agents = agents;
  board.touched.add("all");
  changed();
}

async function reset() {
  try {
    const lists = await Promise.all([
      hub.get("/api/runs?limit=60"),
      ...WORKING.map((status) => hub.get(`/api/runs?limit=200&status=${status}`)),
      hub.get("/api/conversations?limit=50"),
      readAgents(),
    ]);
    const conversations = lists[4].items;
    const working = new Set();
    for (const page of lists.slice(0, 4))
      for (const item of page.items) {
        takeRun(item);
        if (WORKING.includes(item.status)) working.add(item.id);
      }
    // What is not told any more was deleted, unless it is newer than the answer.
    const newest = conversations[0]?.updatedAt ?? "";
    for (const [id, known] of board.conversations) if (known.updatedAt <= newest) board.conversations.delete(id);
    for (const item of conversations) board.conversations.set(item.id, { ...board.conversations.get(item.id), ...item });
    // A run that the hub no longer counts as working ended while nobody told us.
    for (const known of board.runs.values())
      if (WORKING.includes(known.status) && !working.has(known.id) && hub.state === "polling") known.status = "completed";
    Object.assign(board, { loaded: true, error: null });
  } catch (error) {
    board.error = error;
  }
  board.touched.add("all");
  changed();
}

export const reload = reset;

// Other data under the same address: nothing of what is known holds.
hub.addEventListener("epoch", () => {
  board.runs.clear();
  board.conversations.clear();
});

// A wall needs every piece of every answer; other views only who works and what it is called.
const QUIET = [
  "run.queued",
  "run.started",
  "run.waiting",
  "run.completed",
  "run.failed",
  "run.stopped",
  "run.interrupted",
  "conversation.created",
  "conversation.updated",
  "conversation.deleted",
  "agent.created",
  "agent.updated",
  "agent.deleted",
];
let loud = null;

/** Chooses whether the pieces of answers are wanted. */
export function follow(all) {
  if (loud === all) return;
  loud = all;
  hub.follow({ types: all ? null : QUIET, event: take, reset });
}
