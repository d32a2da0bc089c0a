import Basics
import Datasets
import Model
import Storage
import TestKit
import Testing

@testable import API

/// Fifty payments, as the page's own generator makes them.
let fiftyPayments =
  "transaction_id,amount,timestamp,status,merchant_id,customer_region,device_type,payment_method\n"
  + (1...50).map { row in
    let region = ["North", "South", "West", "East"][row % 4]
    return
      "T\(row),\(row * 2).5,2024-03-\(row % 28 + 1 < 10 ? "0" : "")\(row % 28 + 1)T10:00:00Z,\(row % 10 == 0 ? "failed" : "success"),M\(row % 5),\(region),mobile,card\n"
  }.joined()

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct DatasetRoutesTests {
  @Test func `S001-17 after an upload the count equals the rows`() async throws {
    try await HubUnderTest.run { site in
      let made = try await site.upload(fiftyPayments, name: "payments.csv")
      #expect(made.status == 200, "\(made.text)")
      #expect(made.json.object?.names == ["session_id", "filename", "row_count", "status"])
      #expect(made.json["filename"] == "payments.csv" && made.json["row_count"] == 50)
      #expect(made.json["status"] == "exploring")
      let id = try #require(made.json["session_id"]?.string)
      let count = try await site.post(
        "/api/sql/execute", ["session_id": .string(id), "sql": "SELECT COUNT(*) AS n FROM transactions"])
      #expect(count.status == 200, "\(count.text)")
      #expect(count.json["success"] == true)
      #expect(count.json["data"]?["rows"] == [["n": 50]] && count.json["data"]?["records"] == [["n": 50]])
      #expect(count.json["data"]?["columns"] == ["n"] && count.json["data"]?["row_count"] == 1)
      #expect(count.json["data"]?["truncated"] == false)
      #expect(count.json["summary"] == "Query returned 1 rows, 1 columns")
    }
  }

  @Test func `the page's way from upload to ready`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.session(of: fiftyPayments)
      let before = try await site.get("/api/session/\(id)")
      #expect(before.status == 200, "\(before.text)")
      #expect(
        before.json.object?.names == [
          "id", "filename", "row_count", "status", "data_dna", "parquet_path", "created_at",
        ])
      #expect(before.json["status"] == "exploring" && before.json["data_dna"] == .null)
      let explored = try await site.send("POST", "/api/explore/\(id)")
      #expect(explored.status == 200 && explored.json["status"] == "ready", "\(explored.text)")
      #expect(explored.json["data_dna"]?["row_count"] == 50)
      let after = try await site.get("/api/session/\(id)")
      #expect(after.json["status"] == "ready")
      #expect(after.json["data_dna"]?["columns"]?.array?.count == 8)
      #expect(after.json["created_at"]?.string?.hasSuffix("Z") == true)
      let list = try await site.get("/api/session")
      #expect(list.json.array?.map { $0["id"]?.string } == [id])
      #expect(list.json[0]?["data_dna"] == nil)
      #expect(try await site.send("DELETE", "/api/session/\(id)").status == 204)
      #expect(try await site.get("/api/session/\(id)").status == 404)
      #expect(site.datasetFiles == [])
    }
  }

  @Test(arguments: ["GET /api/session/none", "POST /api/explore/none", "DELETE /api/session/none"])
  func `a session that is not there is said so in the words that clients know`(request: String) async throws {
    try await HubUnderTest.run { site in
      let parts = request.split(separator: " ").map(String.init)
      let answer = try await site.send(parts[0], parts[1])
      #expect(answer.status == 404)
      #expect(answer.json["detail"] == "Session not found" && answer.error == "Session not found")
      #expect(answer.code == "dataset_not_found")
    }
  }

  private static let edge = ["Content-Type": "multipart/form-data; boundary=edge"]

  @Test(arguments: [
    ("application/json", "{}", 422), ("", "x", 422),
    ("multipart/form-data; boundary=edge", "--edge--\r\n", 422),
    (
      "multipart/form-data; boundary=edge",
      "--edge\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno file\r\n--edge--\r\n", 422
    ),
    (
      "multipart/form-data; boundary=edge",
      "--edge\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a.csv\"\r\n\r\na\r\n1\r\n--edge--\r\n",
      422
    ),
    ("multipart/form-data; boundary=edge", "no form at all", 400),
    (
      "multipart/form-data; boundary=edge",
      "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na\r\n1\r\n", 400
    ),
  ])
  func `an upload without a file is refused and leaves nothing`(type: String, body: String, status: Int)
    async throws
  {
    try await HubUnderTest.run { site in
      let answer = try await site.send(
        "POST", "/api/upload", body: body, fields: type.isEmpty ? [:] : ["Content-Type": type])
      #expect(answer.status == status, "\(answer.text)")
      if status == 422 {
        #expect(answer.json["detail"]?[0]?["loc"] == ["body", "file"])
        #expect(answer.json["detail"]?[0]?["type"] == "missing")
      } else {
        #expect(answer.json["detail"]?.string?.hasPrefix("Upload failed: ") == true)
      }
      #expect(answer.error?.isEmpty == false)
      #expect(site.datasetFiles == [])
      #expect(try await site.get("/api/session").json == [])
    }
  }

  @Test(arguments: [
    ("book.xlsx", "PK\u{3}\u{4}", 400, "dataset_not_csv"), ("a.csv", "", 400, "csv_empty"),
    ("a.csv", "PK\u{3}\u{4}\u{0}\u{1}\u{2}", 400, "csv_not_text"),
    ("a.csv", "a,b\n" + String(repeating: "1,2\n", count: 2000), 413, "dataset_too_large"),
    ("a.csv", (0..<1200).map { "c\($0)" }.joined(separator: ","), 400, "csv_too_many_columns"),
  ])
  func `a file that is no data set is refused with its reason and leaves nothing`(
    name: String, text: String, status: Int, code: String
  ) async throws {
    var limits = DatasetLimits()
    limits.rows = 1000
    try await HubUnderTest.run(datasets: limits) { site in
      let answer = try await site.upload(text, name: name)
      #expect(answer.status == status && answer.code == code, "\(answer.text)")
      #expect(answer.json["detail"]?.string?.hasPrefix("Upload failed: ") == true)
      #expect(site.datasetFiles == [])
      #expect(try await site.get("/api/session").json == [])
    }
  }

  @Test func `a file beyond the limit is refused while it comes`() async throws {
    var limits = DatasetLimits()
    limits.uploadBytes = 100_000
    try await HubUnderTest.run(datasets: limits) { site in
      let large = "a\n" + String(repeating: "123456789\n", count: 20_000)
      let answer = try await site.upload(large)
      #expect(answer.status == 413 && answer.code == "dataset_too_large", "\(answer.text)")
      let port = site.port
      let early = try await onThread {
        let socket = try RawSocket(port: port)
        try socket.send(
          "POST /api/upload HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: multipart/form-data; boundary=e\r\n"
            + "Content-Length: 999999999999\r\n\r\n")
        return Answer(try socket.receiveResponse())
      }
      #expect(early.status == 413 && early.json["detail"]?.string?.hasPrefix("Upload failed: ") == true)
      #expect(site.datasetFiles == [])
    }
  }

  @Test func `an upload that is broken off leaves nothing, and can be sent again`() async throws {
    try await HubUnderTest.run { site in
      let port = site.port
      for way in 0..<3 {
        try await onThread {
          let socket = try RawSocket(port: port)
          try socket.send(
            "POST /api/upload HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: multipart/form-data; boundary=e\r\n"
              + "Content-Length: 100000\r\n\r\n--e\r\n"
              + "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na,b\n1,2\n")
        }
        try await eventually("the file has begun") { way > 0 || site.datasetFiles.count <= 1 }
      }
      // Each socket was closed by its end of life.
      try await eventually("nothing is left") { site.datasetFiles == [] }
      #expect(try await site.get("/api/session").json == [])
      #expect(try await site.upload(fiftyPayments).status == 200)
    }
  }

  @Test func `an upload that comes again with its key gives the same session`() async throws {
    try await HubUnderTest.run { site in
      let key = ["Idempotency-Key": "k-1"]
      let first = try await site.upload(fiftyPayments, fields: key)
      let second = try await site.upload(fiftyPayments, fields: key)
      #expect(first.status == 200 && second.status == 200, "\(second.text)")
      #expect(first.json["session_id"] == second.json["session_id"])
      #expect(try await site.get("/api/session").json.array?.count == 1)
      let other = try await site.upload(fiftyPayments + "T51,1\n", fields: key)
      #expect(other.status == 422 && other.code == "idempotency_key_reused")
      async let third = site.upload(fiftyPayments, fields: ["Idempotency-Key": "k-2"])
      async let fourth = site.upload(fiftyPayments, fields: ["Idempotency-Key": "k-2"])
      #expect(try await third.json["session_id"] == (try await fourth.json["session_id"]))
      #expect(try await site.get("/api/session").json.array?.count == 2)
      #expect(site.datasetFiles.count == 2)
    }
  }

  @Test func `insights are added, counted and read`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.session(of: fiftyPayments)
      let path = "/api/session/\(id)/insights"
      let first = try await site.post(path, ["insight": ["finding": "north leads", "confidence": 90]])
      #expect(first.json == ["success": true, "message": "Insight added", "total_insights": 1])
      #expect(try await site.post(path, ["insight": ["finding": "b"]]).json["total_insights"] == 2)
      let read = try await site.get("/api/insights/\(id)")
      #expect(read.json["insights"]?.array?.map { $0["finding"] } == ["north leads", "b"])
      #expect(try await site.get("/api/insights/none").json == ["insights": []])
      let bad = try await site.post(path, ["insight": "text"])
      #expect(bad.status == 422 && bad.json["detail"]?[0]?["type"] == "dict_type")
      #expect(try await site.post("/api/session/none/insights", ["insight": [:]]).status == 404)
      _ = try await site.send("POST", "/api/explore/\(id)")
      let session = try await site.get("/api/session/\(id)")
      #expect(session.json["data_dna"]?["accumulated_insights"]?.array?.count == 2)
    }
  }

  @Test func `the sidebar shows the code of the moment and what was run`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.session(of: fiftyPayments)
      _ = try await site.post("/api/sql/execute", ["session_id": .string(id), "sql": "SELECT 1 AS one"])
      _ = try await site.post(
        "/api/sql/execute", ["session_id": .string(id), "sql": "SELECT broken FROM transactions"])
      let row = try await site.get("/api/session/\(id)/sidebar").json
      #expect(
        row.object?.names == [
          "id", "session_id", "filename", "data_dna", "context_analysis", "current_sql_code",
          "sql_code_history", "current_python_code", "python_code_history", "created_at", "updated_at",
        ])
      #expect(row["current_sql_code"] == "SELECT broken FROM transactions")
      let entries = row["sql_code_history"]?.array ?? []
      #expect(
        entries.first?.object?.names == [
          "code", "executed_at", "description", "message_id", "result", "row_count", "execution_time_ms",
          "status",
          "error_message",
        ])
      #expect(entries.map { $0["status"] } == ["success", "error"])
      #expect(entries.first?["row_count"] == 1 && entries.last?["error_message"]?.string != nil)
      #expect(row["python_code_history"] == [])
      #expect(try await site.get("/api/session/none/sidebar").status == 404)
    }
  }
}
