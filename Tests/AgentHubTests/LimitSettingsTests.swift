import API
import Basics
import EventEngine
import Realtime
import Testing
import WebServer
import Wire

@testable import AgentHub

struct LimitSettingsTests {
  @Test(
    arguments: [
      ("off", nil, "off"), ("20/s", Rate(20), "20/s"),
      ("100/m", Rate(100, perNanoseconds: 60_000_000_000), "100/m"),
      ("1/h", Rate(1, perNanoseconds: 3_600_000_000_000), "1/h"),
    ] as [(String, Rate?, String)])
  func `a rate is a number and a while`(text: String, rate: Rate?, shown: String) throws {
    let resolved = try SettingsResolverTests.resolve(flags: ["rate-limit": text])
    #expect(resolved.settings.rateLimit == rate)
    #expect(resolved.settings.apiConfiguration.rateLimit == rate)
    #expect(resolved.rows.first { $0.name == "AGENTHUB_RATE_LIMIT" }?.value == shown)
  }

  @Test(arguments: ["on", "20", "0/s", "-1/s", "20/d", "20/", "/s", "20/s/s", "2.5/s", "20 / s", "9999999/s"])
  func `what is no rate is refused with an example`(text: String) {
    let error = SettingsResolverTests.failure(flags: ["rate-limit": text])
    #expect(error?.reason == .badValue)
    #expect(error?.hint?.contains("20/s") == true)
  }

  @Test(
    arguments: [
      (0, 20_000, 19_744), (0, 1024, 768), (0, 256, 192), (0, 64, 48), (5000, 1024, 5000), (1, 20_000, 1),
    ])
  func `connections leave descriptors to files and providers`(setting: Int, descriptors: Int, limit: Int) {
    var settings = Settings()
    settings.maxConnections = setting
    #expect(settings.admissionLimits(descriptors: descriptors).connections == limit)
  }

  @Test func `any number of an address is a choice`() {
    var settings = Settings()
    #expect(settings.admissionLimits(descriptors: 1024).connectionsPerPeer == 1024)
    settings.maxConnectionsPerAddress = 0
    #expect(settings.admissionLimits(descriptors: 1024).connectionsPerPeer == Int.max)
  }

  @Test func `every limit reaches its room`() {
    var settings = Settings()
    settings.headerTimeout = .seconds(3)
    settings.minBodyRate = 7
    settings.maxTLSHandshakes = 3
    settings.tlsHandshakeTimeout = .seconds(2)
    settings.stallTimeout = .seconds(4)
    settings.maxMessageFragments = 9
    settings.maxMessageRate = 5
    settings.maxMessageByteRate = 6000
    settings.maxPingRate = 4
    settings.maxMessageBytes = 5000
    settings.maxCommandsInFlight = 8
    let server = settings.serverConfiguration
    #expect(server.deadlines.head == .seconds(3))
    #expect(server.deadlines.firstByte == .seconds(3))
    #expect(server.deadlines.bodyRate == 7)
    #expect(server.admission.handshake == .seconds(2))
    #expect(server.admission.handshakes == 3)
    #expect(server.stalledWrite == .seconds(4))
    #expect(server.fragmentLimit == 9)
    #expect(server.inbound.messages == Rate(5, burst: 10))
    #expect(server.inbound.bytes == Rate(6000, burst: 12_000))
    #expect(server.inbound.pings == Rate(4, burst: 8))
    let hub = settings.hubConfiguration
    #expect(hub.commandsInFlight == 8)
    #expect(hub.inbound.messageBytes == 5000)
    #expect(hub.inbound.messagesPerSecond == 5)
    #expect(hub.inbound.bytesPerSecond == 6000)
  }

  @Test(
    arguments: [
      ("127.0.0.1", false, 0), ("localhost", true, 0), ("0.0.0.0", false, 2), ("::", true, 1),
      ("10.0.0.5", false, 2),
    ])
  func `an address that others reach is warned about, and more so without TLS`(
    host: String, isSecure: Bool, lines: Int
  ) {
    var settings = Settings()
    settings.host = host
    settings.tlsCertificate = isSecure ? "c.pem" : nil
    let text = StartMessage.text(settings, port: 3001)
    #expect(text.contains("WARNING") == (lines > 0))
    #expect(text.contains("no authentication") == (lines > 0))
    #expect(text.contains("--tls-certificate") == (lines == 2))
    #expect(text.hasSuffix("\n"))
  }
}
