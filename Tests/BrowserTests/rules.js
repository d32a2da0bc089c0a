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
