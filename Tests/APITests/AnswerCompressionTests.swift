import Basics
import Compression
import EventEngine
import Model
import Storage
import TestKit
import Testing
import WebServer
import Wire

@testable import API

/// Answers in JSON for clients that take gzip.
struct AnswerCompressionTests {
  private static let gzip = ["Accept-Encoding": "gzip, deflate, br"]

  /// A conversation with a long text, which takes `bytes` at least.
  private static func talk(_ site: HubUnderTest, bytes: Int) async throws -> String {
    try await site.store.write { store in
      let id = try store.conversations.create().id
      for seq in 1...max(1, bytes / 10_000) {
        try store.messages.insert(
          Message(
            id: store.newIdentifier(), conversation: id, seq: Int64(seq + 1), role: .user,
            text: String(repeating: "ä \(seq) ", count: min(bytes, 10_000) / 5), createdAt: store.now))
      }
      return id.text
    }
  }

  private static func inflated(_ answer: Answer) throws -> [UInt8] {
    try #require(answer.body.starts(with: [0x1F, 0x8B, 8]), "gzip's mark (RFC 1952 §2.3.1)")
    return try Inflater().inflate(Array(answer.body.dropFirst(10).dropLast(8)), limit: 1 << 26)
  }

  @Test(arguments: [2000, 20_000, 400_000])
  func `S003-50 a long answer comes compressed to who takes that, and is the same`(bytes: Int) async throws {
    try await HubUnderTest.run { (site) async throws in
      let path = "/api/conversations/\(try await Self.talk(site, bytes: bytes))/messages"
      let plain = try await site.get(path)
      #expect(plain.body.count >= bytes && plain.fields["content-encoding"] == nil)
      #expect(plain.fields["vary"] == "Accept-Encoding", "caches must know")
      let packed = try await site.get(path, fields: Self.gzip)
      #expect(packed.status == 200 && packed.fields["content-encoding"] == "gzip")
      #expect(packed.fields["vary"] == "Accept-Encoding")
      #expect(packed.fields["content-type"] == "application/json; charset=utf-8")
      #expect(packed.fields["content-length"] == "\(packed.body.count)")
      #expect(packed.body.count < plain.body.count / 2)
      #expect(try Self.inflated(packed) == plain.body)
      for encodings in ["br", "gzip;q=0", "identity"] {
        let other = try await site.get(path, fields: ["Accept-Encoding": encodings])
        #expect(other.body == plain.body && other.fields["content-encoding"] == nil)
      }
    }
  }

  @Test func `a short answer, one with a tag and a stream stay as they are`() async throws {
    try await HubUnderTest.run { (site) async throws in
      let id = try await Self.talk(site, bytes: 100)
      let short = try await site.get("/api/conversations/\(id)", fields: Self.gzip)
      #expect(short.status == 200 && short.fields["content-encoding"] == nil && short.fields["vary"] == nil)
      let prompt = String(repeating: "Be kind. ", count: 1000)
      let made = try await site.post(
        "/api/agents",
        ["name": "Long", "provider": "demo", "model": "demo", "config": ["systemPrompt": .string(prompt)]])
      let agent = try #require(made.json["id"]?.string, "\(made.text.prefix(300))")
      let tagged = try await site.get("/api/agents/\(agent)", fields: Self.gzip)
      #expect(tagged.body.count > 5000 && tagged.fields["etag"] != nil, "\(tagged.fields)")
      #expect(tagged.fields["content-encoding"] == nil)
      let long = try await Self.talk(site, bytes: 20_000)
      for path in ["replay?pace=0", "export?format=json"] {
        let stream = try await site.get("/api/conversations/\(long)/\(path)", fields: Self.gzip)
        #expect(stream.status == 200 && stream.fields["content-encoding"] == nil)
      }
    }
  }

  @Test func `an error is compressed as any answer`() async throws {
    try await HubUnderTest.run { (site) async throws in
      let name = String(repeating: "x", count: 3000)
      let plain = try await site.get("/api/conversations/\(name)")
      #expect(plain.status == 404 && plain.body.count > AnswerCompression.threshold)
      let packed = try await site.get("/api/conversations/\(name)", fields: Self.gzip)
      #expect(packed.status == 404)
      #expect(try Self.inflated(packed) == plain.body)
    }
  }
}
