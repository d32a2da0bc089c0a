import Model
import Storage
import TestKit
import Testing

@testable import Knowledge

/// The delivered customer service: how its workers retrieve (S002-20 to S002-25), and whether the right documents are found.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct CustomerServiceTests {
  let fixture = KnowledgeFixture()

  private func retrieve(
    _ domain: KnowledgeDomain, _ question: String, session: String = "s", _ service: KnowledgeService
  ) async -> Retrieval {
    await service.retrieve(
      RetrievalRequest(
        mode: domain.mode, collection: domain.collection, session: session, question: question))
  }

  @Test func `S002-24: the domains are indexed, and a filled one is refused without force`() async throws {
    try await fixture.use { service in
      for domain in KnowledgeDomain.indexed {
        let report = try await service.index(domain, force: false)
        #expect(report.job.state == .done && report.job.done == domain.documents.count)
        #expect(report.chunks.count > 4 && report.chunks.longest <= 1000)
        #expect(!report.probe.isEmpty)
        await #expect(
          throws: KnowledgeError.filled(collection: domain.collection, documents: domain.documents.count)
        ) {
          try await service.index(domain, force: false)
        }
      }
      let again = try await service.index(.billing, force: true)
      #expect(again.job.done == 2)
      #expect(try await service.collection("billing_docs").size?.documents == 2)
    }
  }

  @Test func `S002-25: the index survives a restart, and what sessions have fetched does not`() async throws {
    let before = try await fixture.use { service in
      _ = try await service.index(.billing, force: false)
      return await retrieve(.billing, "What does the Starter plan cost?", service)
    }
    try await fixture.use { service in
      let after = await retrieve(.billing, "What does the Starter plan cost?", service)
      #expect(after.text == before.text && after.origin == .search)
    }
  }

  @Test
  func `S002-20, S002-26: a second billing question of a session is answered from what the first one found`()
    async throws
  {
    try await fixture.use { service in
      _ = try await service.index(.billing, force: false)
      let first = await retrieve(.billing, "What does the Starter plan cost?", service)
      #expect(first.origin == .search && first.text.contains("$29") && first.hits.count <= 3)
      #expect(first.text.hasPrefix("**Source 1: pricing-plans.md**\n"))
      let second = await retrieve(.billing, "How long does a refund take?", service)
      #expect(second.origin == .cache && second.text == first.text && second.hits.isEmpty)
      let other = await retrieve(.billing, "How long does a refund take?", session: "other", service)
      #expect(other.origin == .search && other.text.contains("business days"))
      _ = try await service.index(.billing, force: true)
      #expect(await retrieve(.billing, "How long does a refund take?", service).origin == .search)
    }
  }

  @Test func `S002-21, S002-23: technical and general questions are looked up each time`() async throws {
    try await fixture.use { service in
      _ = try await service.index(.technical, force: false)
      _ = try await service.index(.general, force: false)
      for _ in 0..<3 {
        #expect(await retrieve(.technical, "What does AUTH-002 mean?", service).origin == .search)
        let company = await retrieve(.general, "When was the company founded?", service)
        #expect(company.origin == .search && company.text.contains("2020"))
      }
    }
  }

  @Test func `S002-22: compliance has both documents whole, and never searches`() async throws {
    try await fixture.use { service in
      let first = await retrieve(.compliance, "Delete my data under GDPR", service)
      #expect(first.origin == .corpus && first.text.count > 1000)
      let parts = first.text.split(separator: "\n\n---\n\n")
      #expect(
        parts.count == 2 && parts[0].hasPrefix("PRIVACY POLICY\n") && parts[1].hasPrefix("TERMS OF SERVICE\n")
      )
      for fact in ["never sold", "as JSON", "within 30 days", "12 months", "7 years"] {
        #expect(first.text.contains(fact))
      }
      #expect(await retrieve(.compliance, "", service).origin == .cache)
      try await service.fill("compliance_docs", ["ours.md": "# Our rules\n\nNo walnuts."])
      let own = await retrieve(.compliance, "rules", service)
      #expect(own.origin == .corpus && own.text == "OUR RULES\n\n# Our rules\n\nNo walnuts.")
    }
  }

  @Test func `the first question fills a delivered collection, once for all who ask at the same time`()
    async throws
  {
    try await fixture.use { service in
      // One after the other, so that some come in the middle of the filling.
      await withTaskGroup(of: Retrieval.self) { group in
        for number in 0..<40 {
          group.addTask { await retrieve(.technical, "error 500", session: "\(number)", service) }
          try? await Task.sleep(for: .microseconds(300))
        }
        for await answer in group { #expect(answer.outcome == .found && answer.text.contains("500")) }
      }
      let filled = try await service.collection("technical_docs")
      #expect(filled.size?.documents == 2)
      let rule = SearchQuery(collection: "handbook", question: "who approves overtime", limit: 1)
      #expect(try await service.search(rule).hits.first?.documentName == "company-handbook.md")
      let other = SearchQuery(collection: "handbooks", question: "overtime", limit: 1)
      await #expect(throws: (any Error).self) { _ = try await service.search(other) }
      // The command may still be the first to fill them by will; what it filled it refuses to fill again.
      #expect(try await service.index(.technical, force: false).job.done == 2)
      await #expect(throws: KnowledgeError.filled(collection: "technical_docs", documents: 2)) {
        _ = try await service.index(.technical, force: false)
      }
    }
  }

  @Test func `a first use that fails is tried again by the next question, and an empty collection stays so`()
    async throws
  {
    let maker = fixture.maker
    var configuration = KnowledgeService.Configuration()
    configuration.embedder = ScriptedMaker.name
    try await fixture.use(configuration) { service in
      maker.fail { _, _ in true }
      #expect(await retrieve(.technical, "error 500", service).outcome == .failed)
      maker.fail { _, _ in false }
      #expect(await retrieve(.technical, "error 500", service).outcome == .found)
      try await service.clearCollection("technical_docs")
      #expect(await retrieve(.technical, "error 500", service).outcome == .unavailable)
    }
  }

  @Test func `what cannot be found, and what is not there, is said in words`() async throws {
    let maker = fixture.maker
    try await fixture.use { service in
      _ = try await service.createCollection("technical_docs")
      let missing = await retrieve(.technical, "error 500", service)
      #expect(missing.outcome == .unavailable && missing.text.contains("unavailable"))
      _ = try await service.index(.technical, force: false)
      let nothing = await retrieve(.technical, "xyzzy qwrtp", service)
      #expect(nothing.outcome == .nothing && nothing.text.contains("couldn't find"))
      try await service.fill("billing_docs", ["a.txt": "walnut"], embedder: ScriptedMaker.name)
      maker.fail { _, _ in true }
      let failed = await retrieve(.billing, "walnut", service)
      #expect(failed.outcome == .failed && failed.text.contains("sorry"))
      maker.fail { _, _ in false }
      #expect(await retrieve(.billing, "walnut", service).outcome == .found)
    }
  }

  static let questions: [(KnowledgeDomain, String, String)] = [
    (.technical, "What does error AUTH-001 mean?", "error-codes.md"),
    (.technical, "error 500", "error-codes.md"),
    (.technical, "I get too many requests", "error-codes.md"),
    (.technical, "the app crashes when I start it", "troubleshooting.md"),
    (.technical, "cannot sign in, wrong password", "troubleshooting.md"),
    (.technical, "webhooks not arriving", "troubleshooting.md"),
    (.technical, "DB-002", "error-codes.md"), (.technical, "instalation on windows", "troubleshooting.md"),
    (.billing, "how much is the professional plan", "pricing-plans.md"),
    (.billing, "discount for universities", "pricing-plans.md"),
    (.billing, "I was charged twice", "refund-policy.md"),
    (.billing, "how do I cancel my subscription", "refund-policy.md"),
    (.billing, "refund with paypal", "refund-policy.md"), (.billing, "free trial", "pricing-plans.md"),
    (.general, "where are your data centres", "about-company.md"),
    (.general, "how many customers do you have", "about-company.md"),
    (.general, "getting started", "service-overview.md"),
    (.general, "which libraries are there for the api", "service-overview.md"),
    (.general, "open positions", "about-company.md"),
    (.general, "restore a deleted file", "service-overview.md"),
    (.fieldService, "who approves overtime", "company-handbook.md"),
    (.fieldService, "how many days of paid time off do I get", "company-handbook.md"),
    (.fieldService, "personal fall arrest harness", "osha-guide.md"),
    (.fieldService, "lockout tagout procedure", "osha-guide.md"),
    (.fieldService, "records of wages kept for how many years", "flsa-guide.md"),
    (.fieldService, "double time in California", "california-labor-guide.md"),
    (.fieldService, "what must a receipt show", "receipt-guide.md"),
    (.fieldService, "correct a work log", "work-log-guide.md"),
  ]

  @Test func `questions find the document that answers them`() async throws {
    try await fixture.use { service in
      for domain in KnowledgeDomain.indexed { _ = try await service.index(domain, force: false) }
      var misses: [String] = []
      for (domain, question, document) in Self.questions {
        let hits = try await service.search(
          SearchQuery(collection: domain.collection, question: question, limit: 3)
        ).hits
        if hits.first?.documentName != document { misses.append("\(question): \(hits.map(\.documentName))") }
      }
      #expect(misses.count <= 1, "\(misses)")
    }
  }
}
