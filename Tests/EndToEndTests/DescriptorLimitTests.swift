import Basics
import Glibc
import TestKit
import Testing

/// A hub that has no descriptor left.
struct DescriptorLimitTests {
  @Test func `Callers are turned away, one line says so, and all is well when there is room again`()
    async throws
  {
    try await onThread {
      let hub = try HubBinary(environment: ["AGENTHUB_MAX_CONNECTIONS": "1000", "AGENTHUB_LOOPS": "1"])
      #expect(try hub.get("/health").status == 200)
      try Self.limitDescriptors(of: hub, moreThanNow: 12)
      let crowd = try (0..<60).map { _ in try RawSocket(port: hub.port) }
      var answered = 0
      for client in crowd {
        try? client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if (try? client.receiveResponse().status) == 200 { answered += 1 }
      }
      #expect((1...20).contains(answered), "\(answered) of \(crowd.count)")
      for client in crowd { client.close() }
      // The hub looks again every 100 ms.
      var status = 0
      for _ in 0..<100 where status != 200 {
        status = (try? hub.get("/health").status) ?? 0
        if status != 200 { usleep(50_000) }
      }
      #expect(status == 200)
      #expect(try hub.get("/api/agents").json.array?.count == 5)
      #expect(hub.errors.split(separator: "\n").count { $0.contains("accepting paused") } == 1)
      #expect(hub.errors.split(separator: "\n").count { $0.contains("accepting again") } == 1)
    }
  }

  @Test func `A hub with few descriptors takes fewer connections than it has`() async throws {
    try await onThread {
      let hub = try HubBinary(environment: ["AGENTHUB_MAX_CONNECTIONS": "5"])
      let crowd = try (0..<5).map { _ in try RawSocket(port: hub.port) }
      for client in crowd {
        try client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try client.receiveResponse().status == 200)
      }
      let refused = try hub.get("/api/agents")
      #expect(refused.status == 503)
      #expect(refused.json["code"]?.string == "too_many_connections")
      #expect(hub.errors.contains("connections refused"))
      crowd[0].close()
      var status = 0
      for _ in 0..<100 where status != 200 { status = (try? hub.get("/health").status) ?? 0 }
      #expect(status == 200)
    }
  }

  private static func limitDescriptors(of hub: HubBinary, moreThanNow more: Int) throws {
    guard let folder = opendir("/proc/\(hub.pid)/fd") else { return }
    defer { closedir(folder) }
    var taken: Set<Int> = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let number = Int(name) { taken.insert(number) }
    }
    // The lowest free number is taken next, so only the free ones below the limit count.
    var limit = 0, free = 0
    while free < more {
      if !taken.contains(limit) { free += 1 }
      limit += 1
    }
    let process = try ChildProcess(
      "/usr/bin/prlimit", ["--pid", "\(hub.pid)", "--nofile=\(limit):\(limit)"], environment: [:],
      errors: "/dev/null")
    #expect(process.ending() == .exited(0))
  }
}
