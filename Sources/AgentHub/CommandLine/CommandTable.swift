import Knowledge

/// The one list of commands. A new command is a line here and, when it needs the rooms, a line in `HubCommands`.
enum CommandTable {
  static let all: [Command] = [
    Command(
      name: "serve", summary: "start the hub and keep it running",
      details: """
        Brings the database up to date, seeds it when it is empty, listens, and prints the URL.
        Stops on SIGTERM or Ctrl-C after telling every client.
        """,
      examples: [
        ("agenthub serve", "http://127.0.0.1:3001, data in ./agenthub.db"),
        ("agenthub serve --port 0 --database /tmp/try.db", "any free port, a database to throw away"),
        ("OPENAI_API_KEY=sk-… agenthub serve", "with a key for the OpenAI-compatible provider"),
      ],
      switches: [], takesSettings: true
    ) { context in
      let settings = try context.resolveSettings().settings
      try settings.checkTogether()
      try context.hub.serve(settings, log: context.log(for: settings), terminal: context.terminal)
    },
    Command(
      name: "migrate", summary: "bring the database up to date, and stop",
      details: "`serve` does the same at its start; this is for doing it beforehand.",
      examples: [("agenthub migrate --database ./agenthub.db", "creates the file when it is missing")],
      switches: [], takesSettings: true
    ) { context in
      let settings = try context.resolveSettings().settings
      try context.hub.migrate(settings, log: context.log(for: settings), terminal: context.terminal)
    },
    Command(
      name: "seed", summary: "put the five agents into an empty database",
      details: "Leaves a database that has agents as it is, unless --reset is given.",
      examples: [
        ("agenthub seed", "only when there are no agents"),
        ("agenthub seed --reset", "the five agents as they were delivered"),
      ],
      switches: [.init(flag: "--reset", meaning: "restore the five agents, whatever became of them")],
      takesSettings: true
    ) { context in
      let settings = try context.resolveSettings().settings
      let reset = context.invocation.switches.contains("--reset")
      try context.hub.seed(
        settings, reset: reset, log: context.log(for: settings), terminal: context.terminal)
    },
    index,
    Command(
      name: "compact", summary: "merge the deltas of old answers, and make the file smaller",
      details: """
        Does at once what a running hub does in small pieces (--compact-after), and then gives the room back to the
        file system, for which the database is copied. Not while the hub runs.
        """,
      examples: [
        ("agenthub compact", "answers that were over a week ago"),
        ("agenthub compact --compact-after 24", "a day ago"),
      ],
      switches: [], takesSettings: true
    ) { context in
      let settings = try context.resolveSettings().settings
      try context.hub.compact(settings, log: context.log(for: settings), terminal: context.terminal)
    },
    Command(
      name: "config", summary: "print every setting and where it came from",
      details:
        "Secrets are shown by their last four characters. Ends with 2 when `serve` would refuse the settings.",
      examples: [("agenthub config --port 80", "what `serve --port 80` would use")],
      switches: [], takesSettings: true
    ) { context in
      let resolved = try context.resolveSettings()
      context.terminal.write(
        HelpPage.columns(resolved.rows.map { [$0.name, $0.value, "\($0.origin)"] }, indent: 0))
      try resolved.settings.checkTogether()
    },
    Command(
      name: "routes", summary: "print every route",
      details: "The same table the router is built from.",
      examples: [("agenthub routes", "method, path, meaning")],
      switches: [], takesSettings: false
    ) { context in
      let rows = context.hub.routes.map { [$0.method, $0.path, $0.meaning] }
      context.terminal.write(HelpPage.columns(rows, indent: 0))
    },
    Command(
      name: "version", summary: "print the version",
      details: "The version the changelog names.",
      examples: [("agenthub version", "one line, for scripts")],
      switches: [], takesSettings: false
    ) { context in
      context.terminal.write("agenthub \(HubVersion.text)\n")
    },
  ]

  private static let index = Command(
    name: "index", summary: "fill the delivered knowledge: documents that agents look things up in",
    details: """
      Cuts and embeds the delivered documents of a domain into its collection, tells what came of it, and tries it with
      a question. A collection that has documents is refused, unless --force clears it first. Ends with 1 when a domain
      failed. Not while the hub runs, which takes documents itself at /api/knowledge/documents.
      """,
    examples: [
      ("agenthub index --all", "all domains that are searched"),
      ("agenthub index --domain billing --force", "that one anew"),
    ],
    switches: [
      .init(
        flag: "--domain", meaning: "the domain to fill", values: KnowledgeDomain.indexed.map(\.rawValue)),
      .init(flag: "--all", meaning: "every domain"),
      .init(flag: "--force", meaning: "clear a collection that has documents first"),
    ],
    takesSettings: true
  ) { context in
    let switches = context.invocation.switches
    let named = context.invocation.values["--domain"].flatMap { KnowledgeDomain(rawValue: $0) }
    guard (named == nil) == switches.contains("--all") else {
      throw LaunchError(
        .missingValue, "index needs one of --domain and --all.", hint: "`agenthub index --all` fills all.")
    }
    let settings = try context.resolveSettings().settings
    try context.hub.index(
      named.map { [$0] } ?? KnowledgeDomain.indexed, force: switches.contains("--force"), settings,
      log: context.log(for: settings), terminal: context.terminal)
  }

  static func command(named name: String) -> Command? { self.all.first { $0.name == name } }
}
