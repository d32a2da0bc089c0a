import Model
import Storage
import TestKit
import Testing

@testable import Knowledge

/// The delivered documents of field service, and what they must say.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct FieldServiceDocumentsTests {
  private static func text(_ path: String) throws -> String {
    let bytes = try #require(Assets.file("Seeds/knowledge/field_service/\(path).md"))
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: " ")
  }

  @Test(
    arguments: [
      "over 40 in a week", "1.5 times the regular rate", "approval of the supervisor before",
      "more than 12 hours a day without the approval of the district manager",
      "more than 60 hours a week without the approval of a vice president", "lunch break of 30 minutes",
      "After 6 hours", "at least 10 hours of rest", "| less than 3 | 10 |", "| 3 to 7 | 15 |",
      "| more than 7 | 20 |", "two weeks' notice", "within 15 days, each with an itemised receipt",
      "$500 a year", "Lockout/tagout before any electrical work", "from 4 feet",
    ])
  func `S004-20 the handbook states what questions are asked about`(fact: String) throws {
    #expect(try Self.text("handbook/company-handbook").contains(fact))
  }

  @Test func `S004-20 the handbook has 13 sections`() throws {
    let bytes = try #require(Assets.file("Seeds/knowledge/field_service/handbook/company-handbook.md"))
    let headings = Headings(of: bytes).places.count
    #expect(headings == 14, "the title and 13 sections")
  }

  @Test func `S004-20 the domain has a collection for each kind of document, and one for all`() async throws {
    try await KnowledgeFixture().use { service in
      _ = try await service.index(.fieldService, force: false)
      for (name, count) in [
        ("handbook", 1), ("compliance", 3), ("receipts", 1), ("work_logs", 1), ("all", 6),
      ] {
        let collection = try await service.collection(name)
        #expect(collection.size?.documents == count)
        #expect(collection.limits == ChunkLimits(size: 1000, overlap: 100))
      }
      await #expect(throws: KnowledgeError.self) { try await service.index(.fieldService, force: false) }
      let again = try await service.index(.fieldService, force: true)
      #expect(again.job.state == .done && again.job.done == 6)
    }
  }
}
