/// The one list of settings. A new setting is a `var` in `Settings` and a line here; the help, `agenthub config`
/// and the table of Documentation/operations.md follow.
enum SettingTable {
  static let prefix = "AGENTHUB_"

  /// Names the settings file itself, so it cannot stand in it.
  static let configVariable = "AGENTHUB_CONFIG"
  static let standardConfigFile = "./agenthub.conf"

  private static let sizes = 1024...1_073_741_824
  private static let path = "the path of a PEM file"

  static let all: [Setting] = [
    Setting("host", \.host, .text("an address or a host name"), "address to listen on"),
    Setting("port", \.port, .wholeNumber(0...65_535), "port for HTTP and WebSocket; 0 takes a free one"),
    Setting(
      "listen", \.listen, .listeners,
      "more listeners, each `PROFILE=PORT` or `PROFILE=HOST:PORT`"),
    Setting("insecure-open", \.insecureOpen, .onOff, "allow an address that other machines can reach"),
    Setting(
      "allowed-origins", \.allowedOrigins, .list(of: "origins such as https://hub.example"),
      "pages that may call the hub, besides its own"),
    Setting(
      "allowed-hosts", \.allowedHosts, .list(of: "host names"),
      "names a request may call the hub by, beside localhost and its address"),
    Setting(
      "tls-certificate", \.tlsCertificate, .optionalText(path), "certificate chain in PEM; turns TLS on"),
    Setting("tls-key", \.tlsKey, .optionalText(path), "private key of the certificate in PEM"),

    Setting(
      "database", \.database, .text("the path of a file"), "file of all data; `DATABASE_URL=file:…` works too"
    ),
    Setting(
      "datasets", \.datasets, .optionalText("the path of a folder"),
      "folder of uploaded data sets; `DATABASE-datasets` when not set"),
    Setting(
      "max-upload-bytes", \.maxUploadBytes, .wholeNumber(1024...1_099_511_627_776),
      "largest file that can be uploaded as a data set"),
    Setting(
      "max-dataset-rows", \.maxDatasetRows, .wholeNumber(1...64_000_000),
      "rows of one data set; 64 million cells are the most in any case"),
    Setting(
      "forget-after", \.forgetAfter, .hours(0...876_000),
      "hours until an idle conversation is deleted; 0 keeps all"),
    Setting(
      "forget-threads-after", \.forgetThreadsAfter, .hours(0...876_000),
      "the same for field service's threads; 0 keeps all"),
    Setting(
      "forget-every", \.forgetEvery, .hours(0.01...8760),
      "hours between two looks for idle conversations"),
    Setting(
      "compact-after", \.compactAfter, .hours(0...876_000),
      "hours after a run until its deltas are merged; 0 keeps all"),

    Setting("loops", \.loops, .wholeNumber(0...64), "event loops; 0 is one a core"),
    Setting(
      "io-uring", \.ioUring, .onOff, "send to many clients with one call, where the kernel allows it"),
    Setting(
      "max-connections", \.maxConnections, .wholeNumber(0...10_000_000),
      "open connections; 0 is what the limit of open files allows"),
    Setting(
      "max-connections-per-address", \.maxConnectionsPerAddress, .wholeNumber(0...10_000_000),
      "open connections of one address but this machine; 0 is any number"),
    Setting(
      "max-tls-handshakes", \.maxTLSHandshakes, .wholeNumber(1...100_000),
      "TLS handshakes at a time; further callers wait"),
    Setting(
      "tls-handshake-timeout", \.tlsHandshakeTimeout, .seconds(0.1...3600),
      "seconds for a TLS handshake"),
    Setting(
      "max-header-bytes", \.maxHeaderBytes, .wholeNumber(1024...1_048_576), "largest head of a request"),
    Setting(
      "header-timeout", \.headerTimeout, .seconds(0.1...3600),
      "seconds for a head to begin, and to arrive whole"),
    Setting("max-body-bytes", \.maxBodyBytes, .wholeNumber(sizes), "largest body of a request"),
    Setting(
      "min-body-rate", \.minBodyRate, .wholeNumber(1...1_048_576),
      "bytes a second that a body must bring after 5 s"),
    Setting(
      "keep-alive-timeout", \.keepAliveTimeout, .seconds(0.1...86_400),
      "seconds an HTTP connection may wait for its next request"),

    Setting(
      "max-message-bytes", \.maxMessageBytes, .wholeNumber(sizes), "largest WebSocket message accepted"),
    Setting(
      "max-message-fragments", \.maxMessageFragments, .wholeNumber(1...1_000_000),
      "frames of one WebSocket message"),
    Setting(
      "max-message-rate", \.maxMessageRate, .wholeNumber(1...1_000_000),
      "messages a second that a WebSocket may send; twice as many at once"),
    Setting(
      "max-message-byte-rate", \.maxMessageByteRate, .wholeNumber(sizes),
      "bytes a second that a WebSocket may send; twice as many at once"),
    Setting(
      "max-ping-rate", \.maxPingRate, .wholeNumber(1...1_000_000),
      "pings a second that a WebSocket may send; twice as many at once"),
    Setting(
      "max-commands-in-flight", \.maxCommandsInFlight, .wholeNumber(1...100_000),
      "invoke and stop commands of a WebSocket that may wait for replies"),
    Setting(
      "compression", \.compression, .onOff, "deflate large WebSocket messages for clients that offer it"),
    Setting(
      "compression-min-bytes", \.compressionMinBytes, .wholeNumber(64...1_048_576),
      "smallest message worth deflating"),
    Setting(
      "ping-interval", \.pingInterval, .seconds(1...3600), "seconds between heartbeats on a WebSocket"),
    Setting(
      "pong-timeout", \.pongTimeout, .seconds(0.1...3600),
      "seconds without an answer before a client is closed"),
    Setting(
      "max-client-backlog-bytes", \.maxClientBacklogBytes, .wholeNumber(sizes),
      "bytes that may wait for one slow client before it is closed"),
    Setting(
      "stall-timeout", \.stallTimeout, .seconds(0.1...3600),
      "seconds a client may take nothing before it is closed"),
    Setting(
      "max-lag-events", \.maxLagEvents, .wholeNumber(1...1_000_000_000),
      "events a slow client may be behind until it gets the newest state"),
    Setting(
      "max-tick-ms", \.maxTick, .milliseconds(0...1000),
      "milliseconds a busy loop may gather events before it sends them"),
    Setting(
      "rate-limit", \.rateLimit, .rate,
      "requests one address may send: `20/s`, `100/m`, `1000/h` or `off`"),

    Setting(
      "rollup-ms", \.rollup, .milliseconds(0...10_000),
      "milliseconds between two events of an answer; 0 shows every chunk"),

    Setting(
      "provider-connect-timeout", \.providerConnectTimeout, .seconds(0.1...3600),
      "seconds to reach a provider"),
    Setting(
      "provider-first-byte-timeout", \.providerFirstByteTimeout, .seconds(0.1...86_400),
      "seconds until a provider begins to answer"),
    Setting(
      "provider-idle-timeout", \.providerIdleTimeout, .seconds(0.1...86_400),
      "seconds a provider may be silent within an answer"),
    Setting(
      "provider-total-timeout", \.providerTotalTimeout, .seconds(0.1...604_800),
      "seconds a whole answer may take"),
    Setting(
      "provider-proxy", \.providerProxy, .optionalText("the URL of a proxy"),
      "proxy for calls of providers; the environment's are never used"),
    Setting(
      "private-providers", \.privateProviders, .privateAddresses,
      "let agents name private addresses: on, off, or auto"),
    Setting(
      "private-tools", \.privateTools, .privateAddresses,
      "let registered tools have private addresses: on, off, or auto"),
    Setting(
      "provider-patience", \.providerPatience, .seconds(0...3600),
      "seconds a call may wait, in all, for a free key and for further tries"),
    Setting(
      "max-provider-calls", \.maxProviderCalls, .wholeNumber(0...100_000),
      "calls under way at one provider; further ones wait; 0 is any number"),
    Setting(
      "max-calls-per-key", \.maxCallsPerKey, .wholeNumber(0...100_000),
      "calls under way with one key of a pool; 0 is any number"),

    Setting(
      "max-cache-bytes", \.maxCacheBytes, .wholeNumber(0...1_099_511_627_776),
      "bytes of answers kept for agents with `config.cache`; 0 is none"),

    Setting(
      "max-batch-inputs", \.maxBatchInputs, .wholeNumber(1...100_000), "inputs of one batch"),
    Setting(
      "max-batch-concurrency", \.maxBatchConcurrency, .wholeNumber(1...10_000),
      "runs of one batch at a time"),

    Setting(
      "prices", \.prices, .optionalText("the path of a price table in JSON"),
      "prices to use instead of the delivered ones"),

    Setting("python", \.python, .text("the path of an interpreter"), "Python for sandboxed code"),
    Setting(
      "python-memory-mb", \.pythonMemory, .wholeNumber(256...1_048_576),
      "megabytes a call of Python may take"),
    Setting(
      "python-workers", \.pythonWorkers, .wholeNumber(0...64),
      "Python processes kept ready, 100 MB each"),
    Setting(
      "python-calls", \.pythonCalls, .wholeNumber(1...64), "calls of Python at a time; others wait"
    ),

    Setting(
      "embedder", \.embedder,
      .text("lexical, or a provider and its model such as openai/text-embedding-3-small"),
      "makes documents' vectors: `lexical`, built in, or `provider/model`"),
    Setting(
      "vector-memory-mb", \.vectorMemory, .wholeNumber(1...1_048_576),
      "megabytes of documents' vectors kept in memory"),

    Setting(
      "drain-seconds", \.drain, .seconds(0...3600),
      "seconds a stop may take to send clients away in turn; 0 cuts at once"),

    Setting(
      "insightx-model", \.insightxModel, .optionalText("the name of a model"),
      "model of all InsightX agents, instead of what each has"),
    Setting(
      "surfaces-model", \.surfacesModel, .surfacesModel,
      "`PROVIDER/MODEL` of all agents of the replaced systems"),
    Setting("stream-done", \.streamDone, .onOff, "end `/api/chat/stream` with `[DONE]`"),

    Setting(
      "environment", \.environment, .text("a word"),
      "what health checks call the environment; `ENVIRONMENT` works too"),
    Setting("log", \.log, .level, "least level that is logged"),
    Setting("echo", \.echo, .onOff, "serve `/echo`, for WebSocket conformance runs only"),
  ]

  static func setting(flag: some StringProtocol) -> Setting? { self.all.first { $0.flag == flag } }

  static func setting(variable: String) -> Setting? { self.all.first { $0.variable == variable } }
}
