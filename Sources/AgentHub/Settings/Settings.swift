import Basics
import Sandbox
import Storage

/// Everything an operator can choose, as typed values. The defaults stand here and nowhere else;
/// `SettingTable` gives each its names, its range and its meaning.
struct Settings: Sendable, Equatable {
  var host = "127.0.0.1"
  var port = 3001
  /// More listeners, beside the one of `host` and `port`.
  var listen: [ListenAddress] = []
  var insecureOpen = false
  var allowedOrigins: [String] = []
  var allowedHosts: [String] = []
  var tlsCertificate: String?
  var tlsKey: String?

  var database = "./agenthub.db"
  /// Where data sets have their files; nil is a folder beside the database.
  var datasets: String?
  /// Bytes of an uploaded file.
  var maxUploadBytes = 536_870_912
  /// Rows of a data set.
  var maxDatasetRows = 5_000_000
  /// How long a conversation is kept that nobody continues; zero is for ever.
  var forgetAfter: Duration = .zero
  /// The same for conversations that field service's clients have named.
  var forgetThreadsAfter: Duration = .seconds(24 * 3600)
  /// How often is looked for those that are too old.
  var forgetEvery: Duration = .seconds(3600)
  /// How long after a run its deltas stay one by one; zero is for ever.
  var compactAfter: Duration = .seconds(7 * 24 * 3600)

  /// Event loops; 0 stands for one a core.
  var loops = 0
  /// Open connections; 0 leaves what the limit of descriptors allows.
  var maxConnections = 0
  /// Open connections of one address, but for this machine's own; 0 is any number. Generous, because a proxy or a router
  /// makes an office of people one address.
  var maxConnectionsPerAddress = 1024
  var maxTLSHandshakes = 256
  var tlsHandshakeTimeout: Duration = .seconds(5)
  var maxHeaderBytes = 16_384
  var headerTimeout: Duration = .seconds(10)
  var maxBodyBytes = 1_048_576
  /// Bytes a second that a body must bring once it had 5 s.
  var minBodyRate = 500
  var keepAliveTimeout: Duration = .seconds(30)

  var maxMessageBytes = 1_048_576
  var maxMessageFragments = 1024
  /// A second and a WebSocket, as are the next two.
  var maxMessageRate = 100
  var maxMessageByteRate = 1_048_576
  var maxPingRate = 10
  var maxCommandsInFlight = 32
  var compression = true
  /// Smaller messages are never deflated.
  var compressionMinBytes = 1024
  var pingInterval: Duration = .seconds(25)
  var pongTimeout: Duration = .seconds(10)
  /// Encoded bytes that may wait for one client before it is closed with 4002.
  var maxClientBacklogBytes = 1_048_576
  /// How long a client's connection may take nothing while events wait for it.
  var stallTimeout: Duration = .seconds(30)
  var ioUring = true
  var maxLagEvents = 100_000
  var maxTick: Duration = .milliseconds(17)
  /// Requests of one address; nil is any number.
  var rateLimit: Rate?

  /// How long deltas of one message are gathered before they become one event; zero shows every chunk.
  var rollup: Duration = .milliseconds(20)

  var providerConnectTimeout: Duration = .seconds(10)
  var providerFirstByteTimeout: Duration = .seconds(300)
  var providerIdleTimeout: Duration = .seconds(90)
  var providerTotalTimeout: Duration = .seconds(1800)
  /// Whether addresses that agents bring may lead to this machine and to private networks.
  var privateProviders = PrivateAddresses.auto
  /// Whether registered tools may stand on this machine and in private networks.
  var privateTools = PrivateAddresses.auto
  /// A proxy that all calls of providers go through; the environment's proxies are never used.
  var providerProxy: String?
  /// What all waits of one call for keys and further tries may take together.
  var providerPatience: Duration = .seconds(30)
  /// Calls under way at one provider; 0 is any number.
  var maxProviderCalls = 0
  /// Calls under way with one key; 0 is any number.
  var maxCallsPerKey = 0

  /// Bytes of all answers that are kept for agents with `config.cache`; 0 keeps none.
  var maxCacheBytes = 67_108_864

  /// Inputs of one batch.
  var maxBatchInputs = 1000
  /// Runs of one batch at a time.
  var maxBatchConcurrency = 8

  /// A file of prices that takes the place of the delivered ones.
  var prices: String?

  /// Who makes the vectors of collections that do not say: `lexical`, or `provider/model`.
  var embedder = "lexical"
  /// Megabytes of vectors that are kept in memory.
  var vectorMemory = 256
  /// The interpreter that runs Python code in its sandbox.
  var python = HostPython.usualPath
  /// Megabytes of address space that one call may take.
  var pythonMemory = 1024
  /// Workers that wait ready with their libraries loaded, once there was a call.
  var pythonWorkers = 1
  var pythonCalls = 2

  /// How long a stop may take before what is still open is cut; zero tells all clients at once.
  var drain: Duration = .seconds(10)

  /// A model for all agents of InsightX; nil leaves each its own.
  var insightxModel: String?
  /// Who answers for all agents of the replaced systems; nil leaves each its own.
  var surfacesModel: DeliveredAgents.Maker?
  /// Whether `/api/chat/stream` ends with `[DONE]`.
  var streamDone = false

  /// What the hub is run for, as some listeners' health says it.
  var environment = "development"
  var log: LogLevel = .info
  var echo = false

  /// What providers read for themselves: keys and addresses under the names their own tools use.
  var providerVariables: [String: String] = [:]
}

/// Whether addresses that others bring may lead to this machine and to private networks.
enum PrivateAddresses: String, Sendable, CaseIterable {
  case on, off
  /// As long as only this machine can reach the hub.
  case auto
}

extension Settings {
  /// Refuses combinations that no single value is guilty of.
  ///
  /// - Throws: `open_bind`, `incomplete_tls`, `bad_value` for what a provider cannot use.
  func checkTogether() throws(LaunchError) {
    if !self.insecureOpen, let host = self.openHost {
      throw LaunchError(
        .openBind,
        "Refusing to listen on \(host): whoever reaches that address could use every agent and every key.",
        hint:
          "There is no authentication yet. Keep 127.0.0.1, or say --insecure-open if the network is yours.")
    }
    try self.checkListeners()
    if (self.tlsCertificate == nil) != (self.tlsKey == nil) {
      let (given, missing) =
        self.tlsKey == nil ? ("tls-certificate", "tls-key") : ("tls-key", "tls-certificate")
      throw LaunchError(
        .incompleteTLS, "--\(given) is set without --\(missing).",
        hint: "TLS needs both, as paths of PEM files.")
    }
    try self.checkProviders()
    try self.checkProxy()
    try self.checkEmbedder()
  }

  /// Whether only this machine can reach the hub.
  var isLoopback: Bool { self.openHost == nil }

  /// An address that other machines can reach; nil when there is none.
  var openHost: String? {
    let hosts = [self.host] + self.listen.compactMap(\.host)
    return hosts.first { !Self.isLoopback($0) }
  }

  private static func isLoopback(_ host: String) -> Bool {
    if ["localhost", "::1", "[::1]"].contains(host) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
