import API
import Basics
import Datasets
import EventEngine
import Fetch
import Glibc
import Knowledge
import Pipelines
import Providers
import Realtime
import Sandbox
import Storage
import WebServer
import Wire

// What the settings mean to each room.

extension Settings {
  /// One loop a core unless a number is set.
  var loopCount: Int { loops > 0 ? loops : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  var rollUpLimits: DeltaRollUp.Limits {
    var limits = DeltaRollUp.Limits()
    limits.window = rollup.nanoseconds
    return limits
  }

  var hubConfiguration: HubConfiguration {
    var configuration = HubConfiguration()
    configuration.heartbeat = Heartbeat.Timing(
      interval: pingInterval.nanoseconds, patience: pongTimeout.nanoseconds)
    configuration.maximumBacklog = maxClientBacklogBytes
    configuration.stallTimeout = stallTimeout.nanoseconds
    configuration.maximumLag = Int64(maxLagEvents)
    configuration.longestTick = maxTick.nanoseconds
    configuration.batchesSends = ioUring
    configuration.commandsInFlight = maxCommandsInFlight
    configuration.inbound.messageBytes = maxMessageBytes
    configuration.inbound.messagesPerSecond = maxMessageRate
    configuration.inbound.bytesPerSecond = maxMessageByteRate
    configuration.deflatesFrom = compression ? compressionMinBytes : .max
    return configuration
  }

  var serverConfiguration: ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.limits.head = maxHeaderBytes
    configuration.limits.body = maxBodyBytes
    configuration.admission = admissionLimits(descriptors: ProcessSetup.raiseDescriptorLimit())
    configuration.deadlines.head = headerTimeout
    configuration.deadlines.firstByte = headerTimeout
    configuration.deadlines.bodyRate = minBodyRate
    configuration.deadlines.idle = keepAliveTimeout
    configuration.stalledWrite = stallTimeout
    configuration.messageLimit = maxMessageBytes
    configuration.fragmentLimit = maxMessageFragments
    configuration.inbound.messages = Rate(maxMessageRate, burst: 2 * maxMessageRate)
    configuration.inbound.bytes = Rate(maxMessageByteRate, burst: 2 * maxMessageByteRate)
    configuration.inbound.pings = Rate(maxPingRate, burst: 2 * maxPingRate)
    configuration.compresses = compression
    configuration.compressionThreshold = compressionMinBytes
    return configuration
  }

  /// Descriptors that connections leave to the database, to logs and to providers.
  private static let reservedDescriptors = 256

  /// How many connections are taken when the system allows so many descriptors.
  func admissionLimits(descriptors: Int) -> AdmissionLimits {
    var limits = AdmissionLimits()
    let reserve = min(Self.reservedDescriptors, descriptors / 4)
    limits.connections = maxConnections > 0 ? maxConnections : descriptors - reserve
    if maxConnectionsPerAddress > 0 { limits.connectionsPerPeer = maxConnectionsPerAddress }
    limits.handshakes = maxTLSHandshakes
    limits.handshake = tlsHandshakeTimeout
    return limits
  }

  var apiConfiguration: APIConfiguration {
    var configuration = APIConfiguration()
    configuration.host = host
    configuration.allowedHosts = allowedHosts + listen.compactMap(\.host)
    configuration.allowedOrigins = allowedOrigins
    configuration.rateLimit = rateLimit
    configuration.echoes = echo
    configuration.batch.inputs = maxBatchInputs
    configuration.batch.concurrency = maxBatchConcurrency
    configuration.uploadBytes = maxUploadBytes
    configuration.version = HubVersion.text
    configuration.environment = environment
    configuration.streamDone = streamDone
    return configuration
  }

  /// Providers read their own variables, and their time-outs under the hub's names.
  var providerValues: [String: String] {
    var values = providerVariables
    values["AGENTHUB_PROVIDER_CONNECT_TIMEOUT"] = providerConnectTimeout.secondsText
    values["AGENTHUB_PROVIDER_FIRST_BYTE_TIMEOUT"] = providerFirstByteTimeout.secondsText
    values["AGENTHUB_PROVIDER_IDLE_TIMEOUT"] = providerIdleTimeout.secondsText
    values["AGENTHUB_PROVIDER_TOTAL_TIMEOUT"] = providerTotalTimeout.secondsText
    return values
  }

  /// Whether addresses that agents bring may lead to this machine and to private networks.
  var allowsPrivateProviders: Bool { allows(privateProviders) }

  /// Whether registered tools may stand on this machine and in private networks.
  var allowsPrivateTools: Bool { allows(privateTools) }

  private func allows(_ choice: PrivateAddresses) -> Bool {
    switch choice {
    case .on: true
    case .off: false
    case .auto: isLoopback
    }
  }

  var knowledgeConfiguration: KnowledgeService.Configuration {
    var configuration = KnowledgeService.Configuration()
    configuration.embedder = embedder
    configuration.vectorMemory = vectorMemory << 20
    return configuration
  }

  /// Beside the database, so that workers of Python can have a data set linked into their folders.
  var datasetsFolder: String { datasets ?? "\(database)-datasets" }

  var datasetLimits: DatasetLimits {
    var limits = DatasetLimits()
    limits.uploadBytes = maxUploadBytes
    limits.rows = maxDatasetRows
    return limits
  }

  /// Which conversations are forgotten: field service threads after a day, others when an operator says so.
  var expiryRules: [ConversationExpiry.Rule] {
    (forgetThreadsAfter > .zero ? [.threads(of: "fsia", after: forgetThreadsAfter)] : [])
      + (forgetAfter > .zero ? [.all(after: forgetAfter)] : [])
  }

  /// Beside the database; made with the first company that is asked about.
  var companiesFolder: String { "\(database)-companies" }

  var fetchConfiguration: FetchConfiguration { FetchConfiguration(proxy: providerProxy ?? "") }

  /// Refuses a proxy that could not be used.
  ///
  /// - Throws: `bad_value`.
  func checkProxy() throws(LaunchError) {
    guard let providerProxy else { return }
    do throws(FetchError) {
      _ = try FetchURL(providerProxy)
    } catch {
      throw LaunchError(
        .badValue, "--provider-proxy cannot be used: \(error.message)",
        hint: "Write it like http://host:port, without a user name.")
    }
  }

  /// Refuses a maker of vectors that there is not.
  ///
  /// - Throws: `bad_value`.
  func checkEmbedder() throws(LaunchError) {
    do throws(KnowledgeError) {
      _ = try EmbeddingModelTable { _, _ in [] }.model(named: embedder)
    } catch {
      throw LaunchError(.badValue, "--embedder cannot be used: \(error.message)", hint: error.hint)
    }
  }

  var gateLimits: ProviderGate.Limits {
    var limits = ProviderGate.Limits()
    limits.policy.patience = providerPatience
    if maxProviderCalls > 0 { limits.callsPerProvider = maxProviderCalls }
    if maxCallsPerKey > 0 { limits.callsPerKey = maxCallsPerKey }
    return limits
  }

  /// Workers have their folder beside the database, so that a data set there can be linked into it instead of copied.
  var sandboxConfiguration: SandboxConfiguration {
    var configuration = SandboxConfiguration(
      worker: Assets.sandboxWorker, folder: "\(database)-python", python: python, readyWorkers: pythonWorkers,
      simultaneousCalls: pythonCalls)
    configuration.limits.memory = pythonMemory << 20
    return configuration
  }

  /// Refuses provider addresses and time-outs that no call could use.
  ///
  /// - Throws: `bad_value`.
  func checkProviders() throws(LaunchError) {
    do throws(ProviderError) {
      _ = try ProviderSettings(providerValues)
    } catch {
      throw LaunchError(.badValue, error.message, hint: error.hint)
    }
  }

  /// The certificate to serve with, when one is set.
  func tlsContext() throws -> TLSContext? {
    guard let tlsCertificate, let tlsKey else { return nil }
    return try TLSContext(certificateFile: tlsCertificate, keyFile: tlsKey)
  }
}

extension Duration {
  fileprivate var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
  }

  fileprivate var secondsText: String { "\(Double(nanoseconds) / 1_000_000_000)" }
}
