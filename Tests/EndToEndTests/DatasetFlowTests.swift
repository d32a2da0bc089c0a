import Basics
import Glibc
import TestKit
import Testing

/// Data sets in the real hub: large uploads in little memory, uploads that break off, restarts, tools of an agent.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(4))))
struct DatasetFlowTests {
  private static let rows = 250_000

  /// A row of eight columns; the amounts of four rows come to 100.
  private static func row(_ number: Int) -> String {
    let amount = ["10.25", "20.25", "30.25", "39.25"][number % 4]
    let region = ["North", "South", "West", "East"][number % 4]
    let status = number % 20 == 0 ? "failed" : "success"
    return
      "TXN-\(number),\(amount),2024-0\(number % 9 + 1)-1\(number % 10) 1\(number % 10):30:00,\(status),M\(number % 97),\(region),mobile,card\n"
  }

  private static let head =
    "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.csv\"\r\nContent-Type: text/csv\r\n\r\n"
    + "transaction_id,amount,timestamp,status,merchant_id,region,device_type,payment_method\n"
  private static let tail = "\r\n--edge--\r\n"

  /// Sends an upload piece by piece, in chunks; the answer is still to be read.
  private static func send(_ rows: Int, to socket: RawSocket, of hub: HubBinary, isWhole: Bool = true) throws
  {
    try socket.send(
      "POST /api/upload HTTP/1.1\r\nHost: 127.0.0.1:\(hub.port)\r\nTransfer-Encoding: chunked\r\n"
        + "Content-Type: multipart/form-data; boundary=edge\r\n\r\n")
    func chunk(_ text: String) throws {
      try socket.send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }
    try chunk(head)
    for start in stride(from: 0, to: rows, by: 1000) {
      try chunk((start..<min(start + 1000, rows)).map(row).joined())
    }
    if isWhole { try socket.send("\(String(tail.utf8.count, radix: 16))\r\n\(tail)\r\n0\r\n\r\n") }
  }

  private static func sql(_ hub: HubBinary, _ session: JSON, _ sql: String) throws -> JSON? {
    try hub.post("/api/sql/execute", ["session_id": session, "sql": .string(sql)])["data"]?["rows"]
  }

  @Test func `S001-19 a large upload takes little memory, and is asked after a restart`() async throws {
    try await onThread {
      let folder = ScratchFolder()
      var hub = try HubBinary(in: folder)
      _ = try hub.get("/health")
      let before = MemoryUse(of: hub.pid)
      let socket = try RawSocket(port: hub.port, patience: .seconds(120))
      try Self.send(Self.rows, to: socket, of: hub)
      let answer = try JSON.parse(try socket.receiveResponse().body)
      #expect(answer["row_count"]?.integer == Int64(Self.rows), "\(answer.text)")
      #expect(answer["filename"] == "large.csv" && answer["status"] == "exploring")
      let after = MemoryUse(of: hub.pid)
      if !after.isSanitized {
        // The file has 20 MB, its database 24; a body that is kept would show.
        #expect(after.peak - before.peak < 24 << 20, "\(before.peak >> 10) KB, then \(after.peak >> 10) KB")
      }
      let session = try #require(answer["session_id"])
      let sums = try Self.sql(
        hub, session, "SELECT count(*) AS n, round(sum(amount)) AS total FROM transactions")
      #expect(sums == [["n": .integer(Int64(Self.rows)), "total": 6_250_000.0]])
      let explored = try hub.post("/api/explore/\(session.string ?? "")", patience: .seconds(120))
      #expect(explored.status == 200)
      #expect(explored["data_dna"]?["baselines"]?["amount"]?["mean"]?.number == 25)
      hub.terminate()
      #expect(hub.ending() == .exited(0))

      hub = try HubBinary(in: folder)
      let again = try Self.sql(
        hub, session, "SELECT region, count(*) AS n FROM transactions GROUP BY region ORDER BY region LIMIT 1"
      )
      #expect(again == [["region": "East", "n": 62_500]])
      #expect(try hub.get("/api/session/\(session.string ?? "")")["status"] == "ready")
      hub.killAtOnce()
      Self.clean(folder)
    }
  }

  @Test func `uploads that break off leave nothing, by their client or by the end of the hub`() async throws {
    try await onThread {
      let folder = ScratchFolder()
      var hub = try HubBinary(in: folder)
      let files = { ScratchFolder.names(in: "\(folder.path)/hub.db-datasets") }
      for reset in [false, true] {
        let socket = try RawSocket(port: hub.port)
        try Self.send(30_000, to: socket, of: hub, isWhole: false)
        if reset { socket.reset() } else { socket.close() }
      }
      try Self.wait(for: "the uploads to be gone") { files().isEmpty }
      #expect(try hub.get("/api/session").json == [])
      let left = try RawSocket(port: hub.port)
      try Self.send(30_000, to: left, of: hub, isWhole: false)
      try Self.wait(for: "an upload to be under way") { !files().isEmpty }
      hub.killAtOnce()
      #expect(!files().isEmpty)
      hub = try HubBinary(in: folder)
      #expect(files().isEmpty)
      // An upload under way does not hold up an orderly stop.
      let last = try RawSocket(port: hub.port)
      try Self.send(30_000, to: last, of: hub, isWhole: false)
      try Self.wait(for: "an upload to be under way") { !files().isEmpty }
      hub.terminate()
      #expect(hub.ending() == .exited(0))
      #expect(files().isEmpty)
      Self.clean(folder)
    }
  }

  private static func wait(for what: String, _ holds: () -> Bool) throws {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while !holds() {
      guard ContinuousClock.now < deadline else {
        throw ChildProcess.Failure(description: "waited for \(what)")
      }
      usleep(5000)
    }
  }

  private static func clean(_ folder: ScratchFolder) {
    let datasets = "\(folder.path)/hub.db-datasets"
    for name in ScratchFolder.names(in: datasets) { unlink("\(datasets)/\(name)") }
    rmdir(datasets)
  }

  @Test
  func `S000-18, S000-24 an agent asks the conversation's data set with run_sql and notes what it found`()
    async throws
  {
    let upstream = try ScriptedUpstream { request in
      let messages = (try? JSON.parse(request.body))?["messages"]?.array ?? []
      let results = messages.filter { $0["role"] == "tool" }
      switch results.count {
      case 0:
        return Self.call("run_sql", #"{"sql":"SELECT round(avg(amount), 2) AS mean FROM transactions"}"#)
      case 1:
        let finding = results[0]["content"]?.string ?? ""
        return Self.call(
          "write_context",
          JSON.object(["insight": ["query": "mean?", "finding": .string(finding)]]).text)
      default: return CompletionScript.whole("The mean is in ", results[0]["content"]?.string ?? "")
      }
    }
    defer { upstream.stop() }
    try await onThread {
      let folder = ScratchFolder()
      let hub = try HubBinary(in: folder)
      let agent = try hub.post(
        "/api/agents",
        [
          "name": "Analyst", "provider": "openai", "model": "m",
          "config": ["baseUrl": .string(upstream.url + "/v1"), "tools": ["run_sql", "write_context"]],
        ])
      let chat = try hub.post("/api/chats", ["session_id": "test-session"])["id"] ?? .null
      let answer = try hub.post(
        "/api/invoke", ["agentId": agent["id"] ?? .null, "message": "mean?", "conversationId": chat],
        patience: .seconds(60))
      #expect(answer["response"]?.string?.contains(#"{"mean":125.5}"#) == true, "\(answer.json.text)")
      let insights = try hub.get("/api/insights/test-session")["insights"]
      #expect(insights?[0]?["finding"]?.string?.contains("125.5") == true)
      let sidebar = try hub.get("/api/session/test-session/sidebar")
      #expect(sidebar["sql_code_history"]?[0]?["row_count"] == 1)
      let messages = try hub.get("/api/messages/\(chat.string ?? "")").json.array ?? []
      #expect(messages.map { $0["role"] } == ["user", "assistant"])
      hub.terminate()
      #expect(hub.ending() == .exited(0))
      Self.clean(folder)
    }
  }

  private static func call(_ name: String, _ arguments: String) -> [ScriptedUpstream.Action] {
    let delta: JSON = [
      "choices": [
        [
          "index": 0,
          "delta": [
            "tool_calls": [
              [
                "index": 0, "id": "c1", "type": "function",
                "function": ["name": .string(name), "arguments": .string(arguments)],
              ]
            ]
          ], "finish_reason": "tool_calls",
        ]
      ]
    ]
    return [CompletionScript.head, .chunk("data: \(delta.text)\n\ndata: [DONE]\n\n"), .lastChunk]
  }
}
