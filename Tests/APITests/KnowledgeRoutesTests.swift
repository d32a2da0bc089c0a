import Basics
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct KnowledgeRoutesTests {
  /// Hands documents in and waits until they can be found.
  private static func add(_ site: HubUnderTest, _ body: String) async throws -> JSON {
    let answer = try await site.send("POST", "/api/knowledge/documents", body: body)
    try #require([200, 202].contains(answer.status), "\(answer.text)")
    let id = try #require(answer.json["id"]?.string)
    var job = answer.json
    try await eventually("the job is over") {
      job = try await site.get("/api/knowledge/jobs/\(id)").json
      return ["done", "failed"].contains(job["state"]?.string)
    }
    return job
  }

  private static func search(_ site: HubUnderTest, _ body: String) async throws -> Answer {
    try await site.send("POST", "/api/knowledge/search", body: body)
  }

  @Test func `documents are handed in, found, cited and deleted`() async throws {
    try await HubUnderTest.run { site in
      let job = try await Self.add(
        site,
        ##"{"collection":"docs","name":"tea.md","text":"# Tea\n\nSteep walnut leaves.","metadata":{"kind":"drink"}}"##
      )
      #expect(job["state"] == "done" && job["chunks"] == 1)
      #expect(job["documents"]?[0]?["state"] == "done" && job["documents"]?[0]?["document"] == "tea.md")
      let answer = try await Self.search(
        site, #"{"collection":"docs","question":"walnut","limit":3,"metadata":{"kind":"drink"}}"#)
      let hit = try #require(answer.json["hits"]?[0])
      #expect(
        answer.status == 200 && answer.json["embedder"] == "lexical" && answer.json["usesVectors"] == true)
      #expect(hit["citation"]?["name"] == "tea.md" && hit["citation"]?["title"] == "Tea")
      #expect(hit["citation"]?["start"] == 0 && hit["citation"]?["end"] == 27)
      #expect(hit["scores"]?["words"]?["rank"] == 1 && hit["scores"]?["vector"]?["rank"] == 1)
      let items = try await site.get("/api/knowledge/documents?collection=docs").json["items"]
      #expect(items?.array?.count == 1 && items?[0]?["metadata"] == ["kind": "drink"])
      let id = try #require(items?[0]?["id"]?.string)
      #expect(hit["citation"]?["document"] == .string(id))
      #expect(
        try await site.get("/api/knowledge/documents/\(id)?text=true").json["text"]
          == "# Tea\n\nSteep walnut leaves.")
      #expect(try await site.send("DELETE", "/api/knowledge/documents/\(id)").status == 204)
      #expect(try await site.send("DELETE", "/api/knowledge/documents/\(id)").code == "document_not_found")
      #expect(try await Self.search(site, #"{"collection":"docs","question":"walnut"}"#).json["hits"] == [])
    }
  }

  @Test func `a file goes in as it is`() async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.send(
        "POST", "/api/knowledge/documents?collection=docs&name=a%2Fpage.html",
        body: "<h1>T</h1><p>walnut</p>",
        fields: ["Content-Type": "text/html"])
      #expect(answer.status == 202, "\(answer.text)")
      let id = answer.json["id"]?.string ?? ""
      try await eventually("it is indexed") {
        try await site.get("/api/knowledge/jobs/\(id)").json["state"] == "done"
      }
      let again = try await site.send(
        "POST", "/api/knowledge/documents?collection=docs&name=a%2Fpage.html", body: "<h1>T</h1><p>walnut</p>"
      )
      #expect(again.status == 200 && again.json["skipped"] == 1)
      #expect(
        try await Self.search(site, #"{"collection":"docs","question":"walnut"}"#).json["hits"]?.array?.count
          == 1)
      let jobs = try await site.get("/api/knowledge/jobs?limit=1").json
      #expect(jobs["items"]?.array?.count == 1 && jobs["next"]?.string != nil)
    }
  }

  @Test func `collections are made, listed, indexed anew and deleted`() async throws {
    try await HubUnderTest.run { site in
      let made = try await site.send(
        "POST", "/api/knowledge/collections", body: #"{"name":"docs","chunkSize":300,"chunkOverlap":50}"#)
      #expect(made.status == 201 && made.json["chunkSize"] == 300)
      #expect(
        try await site.send("POST", "/api/knowledge/collections", body: #"{"name":"docs"}"#).status == 409)
      _ = try await Self.add(
        site, #"{"collection":"docs","documents":[{"name":"a","text":"walnut"},{"name":"b","text":"hazel"}]}"#
      )
      let job = try await site.send(
        "POST", "/api/knowledge/collections/docs/reindex", body: #"{"chunkSize":500}"#)
      #expect(job.status == 202 && job.json["kind"] == "reindex" && job.json["total"] == 2)
      try await eventually("it is indexed") {
        try await site.get("/api/knowledge/collections/docs").json["chunkSize"] == 500
      }
      let list = try await site.get("/api/knowledge/collections").json["items"]
      #expect(list?[0]?["documents"] == 2 && list?[0]?["chunks"] == 2 && list?[0]?["dimensions"] == 384)
      #expect(try await site.send("DELETE", "/api/knowledge/collections/docs").status == 204)
      #expect(try await site.get("/api/knowledge/collections/docs").status == 404)
    }
  }

  static let wrong: [(method: String, path: String, body: String, status: Int, code: String)] = [
    ("POST", "documents", "{}", 400, "missing_field"), ("POST", "documents", "", 400, "invalid_json"),
    ("POST", "documents", #"{"collection":"a/b","name":"x","text":"t"}"#, 400, "invalid_field"),
    ("POST", "documents", #"{"collection":"c","name":"x.pdf","text":"t"}"#, 415, "document_unsupported"),
    ("POST", "documents", #"{"collection":"c","name":"x.json","text":"{"}"#, 400, "document_malformed"),
    ("POST", "documents", #"{"collection":"c","name":"x","text":" "}"#, 400, "document_empty"),
    (
      "POST", "documents", #"{"collection":"c","name":"x","text":"t","embedder":"none"}"#, 400,
      "embedder_unknown"
    ),
    ("POST", "documents", #"{"collection":"c","documents":[]}"#, 400, "invalid_field"),
    (
      "POST", "documents",
      #"{"collection":"c","documents":[{"name":"x","text":"t"},{"name":"x","text":"u"}]}"#, 400,
      "invalid_field"
    ),
    ("POST", "documents?name=x", "t", 400, "invalid_query"), ("GET", "documents", "", 400, "invalid_query"),
    ("GET", "documents?collection=none", "", 404, "collection_not_found"),
    ("GET", "documents/none", "", 404, "document_not_found"),
    ("GET", "collections/none", "", 404, "collection_not_found"),
    ("GET", "jobs/none", "", 404, "job_not_found"),
    ("POST", "jobs/none/retry", "", 404, "job_not_found"),
    ("POST", "collections/none/reindex", "", 404, "collection_not_found"),
    ("POST", "collections", #"{"name":"c","chunkSize":10}"#, 400, "invalid_field"),
    ("POST", "search", #"{"collection":"none","question":"q"}"#, 404, "collection_not_found"),
    ("POST", "search", #"{"collection":"none"}"#, 400, "missing_field"),
    ("POST", "search", #"{"collection":"none","question":"q","limit":51}"#, 400, "invalid_field"),
    ("POST", "search", #"{"collection":"none","question":"q","documents":"a"}"#, 400, "invalid_field"),
  ]

  @Test func `what is wrong with a request is named`() async throws {
    try await HubUnderTest.run { site in
      for row in Self.wrong {
        let answer = try await site.send(row.method, "/api/knowledge/\(row.path)", body: row.body)
        #expect(
          answer.status == row.status && answer.code == row.code, "\(row.path) \(row.body): \(answer.text)")
      }
      #expect(try await site.get("/api/knowledge/collections").json["items"] == [])
    }
  }
}
