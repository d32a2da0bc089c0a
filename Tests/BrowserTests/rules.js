// The pure rules of the page, tried where they run. Each check gives nothing, or throws with what was wrong. Called by browser_tests.py.
(async () => {
  const { Conversation } = await import("/agenthub.js");
  const { Markdown, blocks, link, inline } = await import("/assets/markdown.js");
  const { diffLines } = await import("/assets/diff.js");
  const same = (a, b, what) => {
    if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error(`${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
  };
  let seed = 7;
  const random = (below) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };

  const said = ["Über ", "🎈🎈", " reads\n", "- one\n- **two** ", "`x` ", "日本語", " end."];
  const events = [
    { seq: 1, type: "conversation.created", title: "A" },
    { seq: 2, type: "message.created", run: "r", message: "u", role: "user", messageType: "message", text: "Hi" },
    { seq: 3, type: "run.queued", run: "r", agent: { id: "a", name: "A" }, status: "queued" },
    { seq: 4, type: "run.started", run: "r", agent: { id: "a", name: "A" }, status: "running" },
  ];
  let position = 0;
  for (const text of said) {
    events.push({ seq: events.length + 1, type: "message.delta", run: "r", message: "m", channel: "final", position, text });
    position += text.length;
  }
  const whole = said.join("");
  events.push(
    {
      seq: events.length + 1,
      type: "message.completed",
      run: "r",
      message: "m",
      role: "agent",
      messageType: "message",
      text: whole,
      length: whole.length,
    },
    { seq: events.length + 2, type: "run.completed", run: "r", status: "completed", usage: { inputTokens: 1, outputTokens: 2 }, cost: 0 },
  );
  const state = ({ seq, messages, runs, title }) => ({
    seq,
    title,
    messages: [...messages.values()].map(({ id, text, open, role }) => ({ id, text, open, role })),
    runs: [...runs.values()].map(({ id, status }) => ({ id, status })),
  });
  const fresh = () => {
    const it = new Conversation("c");
    it.seq = 0;
    return it;
  };
  const folded = (list) => {
    const it = fresh();
    for (const event of list) it.take(event);
    return it;
  };
  const expected = state(folded(events));
  same(expected.messages[1].text, whole, "the text of an answer");

  // Branches: what is shown is the path, whoever folds the whole log, a snapshot, or old parts again.
  const turn = (run, question, text, branch) => [
    ...(text ? [{ type: "message.created", run, message: question, role: "user", messageType: "message", text, branch }] : []),
    { type: "run.queued", run, agent: { id: "a", name: "A" }, status: "queued" },
    { type: "message.delta", run, agent: { id: "a", name: "A" }, message: `${run}m`, channel: "final", position: 0, text: "an" },
    { type: "message.completed", run, message: `${run}m`, role: "agent", messageType: "message", text: `answer ${run}`, parent: question, branch },
    { type: "run.completed", run, status: "completed" },
  ];
  const branched = [
    ...turn("r1", "q1", "one"),
    ...turn("r2", "q2", "two"),
    { type: "branch.created", branch: 1, parent: 0, kind: "answer", message: "q1", run: "r3", from: 1, until: 1, before: "r1" },
    ...turn("r3", "q1", null, 1),
    ...turn("r4", "q4", "four", 1),
    { type: "branch.created", branch: 2, parent: 1, kind: "question", message: "q4", run: "r5", from: 16, until: 14, before: "r4" },
    ...turn("r5", "q5", "five", 2),
    { type: "branch.selected", branch: 0, selected: [2] },
    { type: "branch.selected", branch: 2, selected: [1, 2] },
  ].map((event, at) => ({ ...event, seq: at + 1 }));
  const visible = (it) => [...it.messages.values()].filter((message) => it.shows(message)).map(({ id }) => id);
  const after = (count) => folded(branched.slice(0, count));
  same(branched[15].message, "q4", "where the second fork stands");
  same(visible(after(10)), ["q1", "r1m", "q2", "r2m"], "before any branch");
  same(visible(after(13)), ["q1", "r3m"], "an answer that is being given anew");
  same(visible(after(20)), ["q1", "r3m", "q4", "r4m"], "the branch with its second question");
  same(visible(after(26)), ["q1", "r3m", "q5", "r5m"], "a fork inside of a fork");
  same(visible(after(27)), ["q1", "r1m", "q2", "r2m"], "back in the trunk");
  const last = after(28);
  same(visible(last), ["q1", "r3m", "q5", "r5m"], "as it was left");
  last.look(0);
  same(visible(last), ["q1", "r1m", "q2", "r2m"], "a look at the trunk");
  last.look(null);
  for (const event of branched) last.fold(event);
  same(visible(last), ["q1", "r3m", "q5", "r5m"], "old events once more");
  same([last.answering({ id: "q1" }), last.branches.end], ["r3", 2], "who answers");
  const shot = new Conversation("c");
  shot.replace({
    seq: 28,
    messages: [...last.messages.values()].map((one) => ({ ...one, createdAt: one.at })),
    branches: last.branches.items,
  });
  same(visible(shot), visible(last), "a snapshot");
  same(
    [shot.branches.questions({ id: "q5", run: "r5" }).map((one) => one.run), shot.branches.answers({ id: "q1" }).map((one) => one.run)],
    [["r4", "r5"], ["r1", "r3"]],
    "versions",
  );

  // Deltas may come merged, again, and with others that overlap; nothing is lost or doubled.
  for (let round = 0; round < 300; round += 1) {
    const list = [];
    for (let at = 0; at < events.length; ) {
      const event = events[at],
        merged = { ...event };
      let count = 1;
      while (event.type === "message.delta" && events[at + count]?.type === "message.delta" && random(2)) {
        merged.text += events[at + count].text;
        merged.seq += 1;
        count += 1;
      }
      if (count > 1) merged.count = count;
      list.push(merged);
      if (!random(3)) list.push(merged);
      at += count;
      // A reader that comes back may be told some of it again, cut elsewhere.
      if (!random(4) && at > 5) at -= 1 + random(Math.min(3, at - 5));
    }
    same(state(folded(list)), expected, `round ${round}`);
  }
  // Old logs are merged: each text of a stretch is one row, which stands for all numbers behind the row before it.
  const grow = (seq, message, channel, position, text, count) => ({ seq, type: "message.delta", run: "r", message, channel, position, text, count });
  const two = [
    ...events.slice(0, 4),
    grow(5, "m", "thought", 0, "Hm "),
    grow(6, "n", "step", 0, "🎈a"),
    grow(7, "m", "thought", 3, "so"),
    grow(8, "m", "final", 0, "Ü"),
    grow(9, "n", "step", 3, "b"),
    grow(10, "m", "final", 1, "ber"),
  ];
  const merged = [
    ...events.slice(0, 4),
    grow(7, "m", "thought", 0, "Hm so", 3),
    grow(9, "n", "step", 0, "🎈ab", 2),
    grow(10, "m", "final", 0, "Über"),
  ];
  const texts = (it) => [...it.messages.values()].map(({ id, text, thought }) => ({ id, text, thought }));
  for (let known = 0; known <= two.length; known += 1) {
    const it = folded(two.slice(0, known));
    for (const event of merged) it.take(event);
    const byName = (list) => list.sort((a, b) => (a.id < b.id ? -1 : 1));
    same(byName(texts(it)), byName(texts(folded(two))), `a merged log after ${known}`);
    same(it.seq, 10, `the place after ${known}`);
    // Its thoughts are read again once it is whole.
    it.take({ seq: 11, type: "message.completed", run: "r", message: "m", role: "agent", messageType: "message", text: "Über", length: 4 });
    for (const event of merged) it.fold(event);
    same(it.messages.get("m").thought, "Hm so", `the thought after ${known}`);
  }
  const late = folded([...two.slice(0, 5), { ...two[5], seq: 6, type: "message.completed", message: "m", role: "agent", messageType: "message", text: "" }]);
  late.fold(merged[4]);
  same(late.messages.get("m").thought, "Hm so", "a thought that was cut");
  // What is missing is told, and changes nothing.
  for (let at = 0; at < events.length - 1; at += 1) {
    const it = folded(events.slice(0, at)),
      before = JSON.stringify(state(it));
    same(it.take(events[at + 1]), "missing", `the event after a gap at ${at}`);
    same(JSON.stringify(state(it)), before, `the state after a gap at ${at}`);
    for (const event of events.slice(at)) it.take(event);
    same(state(it), expected, `healed at ${at}`);
  }
  // Parts of the log that are read again change nothing.
  const tool = [
    { seq: 14, type: "run.waiting", run: "r", status: "waiting", approvals: [{ call: 1, tool: "t", arguments: {} }] },
    { seq: 15, type: "run.started", run: "r", status: "running" },
    { seq: 16, type: "tool.started", run: "r", call: 1, tool: "t", arguments: {} },
    { seq: 17, type: "tool.completed", run: "r", call: 1, tool: "t", result: "x" },
    { seq: 18, type: "run.stopped", run: "r", status: "stopped" },
  ];
  for (const list of [events, [...events.slice(0, -1), ...tool.map((event, at) => ({ ...event, seq: events.length + at }))]]) {
    for (let cut = 1; cut <= list.length; cut += 1) {
      const it = folded(list),
        before = JSON.stringify([state(it), [...it.tools.values()].map((one) => one.state)]);
      for (const event of list.slice(0, cut)) it.fold(event);
      same(JSON.stringify([state(it), [...it.tools.values()].map((one) => one.state)]), before, `the first ${cut} again`);
    }
  }
  // A snapshot in the middle of an answer, then the rest.
  for (let cut = 4; cut < events.length; cut += 1) {
    const known = folded(events.slice(0, cut)),
      open = known.messages.get("m");
    const it = new Conversation("c");
    it.replace(
      {
        seq: cut,
        messages: [...known.messages.values()].filter((one) => !one.open).map((one) => ({ ...one, createdAt: "" })),
        open: open?.open ? [{ message: "m", run: "r", text: open.text, thought: "", seq: open.seq }] : [],
        runs: [{ id: "r", status: known.runs.get("r").status, agent: "a", agentName: "A" }],
      },
      "e",
    );
    it.title = "A";
    for (const event of events.slice(Math.max(0, cut - 3))) it.take(event);
    same(state(it).messages.find((one) => one.id === "m").text, whole, `after a snapshot at ${cut}`);
  }

  // Markdown that grows looks like Markdown that was always there.
  const samples = [
    "# Head\n\nText *with* **bold**, `code` and [a link](https://example.org/a_(b)).\nNext line\n\n- one\n- two\n  - deep\n\n1. first\n2. second\n\n> quoted\n> more\n\n```js\nlet a = 1;\n<b>not html</b>\n```\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n| x \\| y | `z` |\n\n---\nhttps://example.org/x. End ~~gone~~ __strong__ snake_case_name",
    "a\n```\nopen fence\nstill",
    "- a\n\n- b\n\nafter",
    "**open [link](http",
    "~~~\ntilde\n~~~\nx",
    "1) a\n2) b\n",
    "|no|table|\ntext",
    "* * *\n***bold***\n\\*plain\\*",
    "> a\n>\n> - b\n\n#hash ####### seven",
  ];
  const html = (node) => {
    node.normalize();
    return node.innerHTML;
  };
  for (const text of samples) {
    const once = document.createElement("div");
    new Markdown(once).update(text);
    for (const step of [1, 2, 3, 7, 20]) {
      const grown = document.createElement("div"),
        markdown = new Markdown(grown);
      for (let at = 0; at < text.length; at += step) markdown.update(text.slice(0, at));
      markdown.update(text);
      same(html(grown), html(once), `grown by ${step}`);
    }
  }
  const drawn = document.createElement("div");
  new Markdown(drawn).update(samples[0]);
  for (const selector of [
    "h3",
    "strong",
    "em",
    "p > code",
    "a[href='https://example.org/a_(b)']",
    "ul ul li",
    "ol li",
    "blockquote p",
    "pre code",
    "table td.right",
    "hr",
    "del",
    "br",
  ])
    if (!drawn.querySelector(selector)) throw new Error(`no ${selector} in ${drawn.innerHTML}`);

  // Nothing that is shown runs, loads or leads elsewhere.
  const hostile = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "[x](javascript:window.hit=1)",
    "[x](JaVaScRiPt:window.hit=1)",
    "[x](data:text/html,<script>window.hit=1</script>)",
    "[x]( vbscript:x)",
    "![x](javascript:window.hit=1)",
    "![p](https://example.org/p.png)",
    "<javascript:window.hit=1>",
    "[x](java\tscript:window.hit=1)",
    "[<img src=x onerror=window.hit=1>](https://example.org)",
    "`<b>`",
    "| <i> | b |\n| --- | --- |\n| <img src=x onerror=hit()> | x |",
    "```<script>\n</code></pre><script>window.hit=1</script>\n```",
    "# <svg onload=window.hit=1>",
    "- <iframe src=javascript:window.hit=1>",
    '[x](https://example.org" onclick="window.hit=1)',
    'https://example.org/"onmouseover=window.hit=1',
    "&lt;script&gt;",
    "[x](file:///etc/passwd)",
    "[x](//example.org)",
    "[a]: javascript:x\n[a]",
  ];
  const ground = document.createElement("div");
  document.body.append(ground);
  new Markdown(ground).update(hostile.join("\n\n"));
  for (const one of hostile) new Markdown(ground.appendChild(document.createElement("div"))).update(one);
  for (const node of ground.querySelectorAll("*")) {
    if (
      ![
        "DIV",
        "P",
        "A",
        "CODE",
        "PRE",
        "TABLE",
        "THEAD",
        "TBODY",
        "TR",
        "TD",
        "TH",
        "H1",
        "H2",
        "H3",
        "H4",
        "UL",
        "LI",
        "OL",
        "SPAN",
        "BR",
        "EM",
        "STRONG",
        "DEL",
        "HR",
        "BLOCKQUOTE",
      ].includes(node.tagName)
    )
      throw new Error(`an element ${node.tagName}`);
    for (const { name } of node.attributes)
      if (!["class", "href", "target", "rel", "start", "tabindex", "role", "aria-label"].includes(name))
        throw new Error(`an attribute ${name}`);
    if (node.tagName === "A" && !/^(https?|mailto):/.test(node.href)) throw new Error(`a link to ${node.href}`);
  }
  for (const target of ["javascript:x", "data:x", "file:///x", "blob:x", "x", "", "//a"])
    if (link(target, "x")) throw new Error(`a link to ${target}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (window.hit) throw new Error("something ran");
  ground.remove();

  // A hostile text costs no time.
  for (const text of [
    "*".repeat(7900),
    "**a ".repeat(1900),
    "[".repeat(7900),
    "`a ".repeat(2600),
    "](".repeat(3900),
    "_a ".repeat(2600),
    "> ".repeat(3000),
    "- ".repeat(3000),
    "|a".repeat(3900) + "\n" + "|-".repeat(3900),
    "[a](".repeat(1900),
    "~~a".repeat(2600),
    "http://".repeat(1100),
    "\\".repeat(7900),
    " \n".repeat(3900),
  ]) {
    const begin = performance.now();
    new Markdown(document.createElement("div")).update(text);
    if (performance.now() - begin > 400) throw new Error(`${JSON.stringify(text.slice(0, 8))} took ${performance.now() - begin} ms`);
  }

  same(
    diffLines("a\nb\nc", "a\nx\nc"),
    [
      [" ", "a"],
      ["-", "b"],
      ["+", "x"],
      [" ", "c"],
    ],
    "a difference",
  );
  same(diffLines("a", "a"), [[" ", "a"]], "no difference");
})();
