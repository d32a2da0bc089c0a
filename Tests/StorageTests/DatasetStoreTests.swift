import Basics
import Model
import Storage
import Testing

struct DatasetStoreTests {
  let scratch = ScratchStore()
  private let id = Identifier<Dataset>("d1")

  @Test func `a data set goes from uploading to ready`() async throws {
    try await scratch.use { store in
      let id = id
      try await store.write { transaction in
        _ = try transaction.datasets.create(id, filename: "a.csv")
        #expect(try transaction.datasets.unfinished().map(\.id) == [id])
        #expect(throws: StoreError.self) { try transaction.datasets.finishExploring(id, profile: [:]) }
        try transaction.datasets.finishUpload(id, rowCount: 7)
        #expect(throws: StoreError.self) { try transaction.datasets.finishUpload(id, rowCount: 8) }
        #expect(try transaction.datasets.profile(of: id) == nil)
        try transaction.datasets.finishExploring(id, profile: ["row_count": 7])
      }
      try await store.read { transaction in
        let dataset = try #require(try transaction.datasets.get(id))
        #expect(dataset.status == .ready)
        #expect(dataset.rowCount == 7)
        #expect(try transaction.datasets.profile(of: id) == ["row_count": 7])
        #expect(try transaction.datasets.imported() == [id])
        #expect(try transaction.datasets.get(id, tenant: "other") == nil)
        #expect(try transaction.datasets.profile(of: id, tenant: "other") == nil)
      }
    }
  }

  @Test func `data sets are listed in pages, the newest first, each tenant's by themselves`() async throws {
    try await scratch.use { store in
      try await store.write { transaction in
        for number in 1...5 {
          try transaction.datasets.create(Identifier("d\(number)"), filename: "\(number).csv")
        }
        try transaction.datasets.create(Identifier("x"), filename: "x.csv", tenant: "other")
      }
      try await store.read { transaction in
        let first = try transaction.datasets.page(limit: 3)
        #expect(first.items.count == 3)
        let second = try transaction.datasets.page(after: first.next, limit: 3)
        #expect(second.next == nil)
        #expect(Set((first.items + second.items).map(\.id.text)) == ["d1", "d2", "d3", "d4", "d5"])
        #expect(try transaction.datasets.page(tenant: "other").items.map(\.filename) == ["x.csv"])
      }
    }
  }

  @Test func `insights are listed in their order, the newest of many`() async throws {
    try await scratch.use { store in
      let id = id
      try await store.write { transaction in
        for number in 1...5 {
          #expect(try transaction.datasets.addInsight(.integer(Int64(number)), to: id) == number)
        }
        try transaction.datasets.addInsight("theirs", to: id, tenant: "other")
      }
      try await store.read { (transaction) throws in
        #expect(try transaction.datasets.insights(of: id) == [1, 2, 3, 4, 5])
        #expect(try transaction.datasets.insights(of: id, limit: 2) == [4, 5])
        #expect(try transaction.datasets.insights(of: id, tenant: "other") == ["theirs"])
      }
    }
  }

  @Test func `conversations about a data set are listed, the newest first`() async throws {
    try await scratch.use { store in
      let id = id
      let conversations = try await store.write { transaction in
        try (1...3).map { number in
          let conversation = try transaction.conversations.create(title: "Chat \(number)")
          try transaction.datasets.link(conversation.id, to: id)
          try transaction.datasets.link(conversation.id, to: Identifier("another"))
          return conversation.id
        }
      }
      let listed = try await store.read { try $0.datasets.conversations(about: id) }
      #expect(listed.map(\.id) == conversations.reversed())
      let linked = try await store.read { try $0.datasets.dataset(of: conversations[0]) }
      #expect(linked == id)
      let theirs = try await store.read { try $0.datasets.dataset(of: conversations[0], tenant: "other") }
      #expect(theirs == nil)
      try await store.write { try $0.conversations.delete(conversations[0]) }
      let left = try await store.read { try $0.datasets.conversations(about: id) }
      #expect(left.count == 2)
    }
  }

  @Test func `the workspace keeps code that was run, and what was written last`() async throws {
    try await scratch.use { store in
      let id = id
      try await store.write { transaction in
        try transaction.datasets.create(id, filename: "a.csv")
        try transaction.workspaces.putSidebar(of: id, pythonCode: "x = 1")
        try transaction.workspaces.add(
          CodeExecution(language: .sql, code: "SELECT 1", result: ["n": 1], rowCount: 1, milliseconds: 5),
          on: id)
        try transaction.workspaces.add(
          CodeExecution(language: .sql, code: "SELECT x", milliseconds: 2, error: "no such column: x"), on: id
        )
        try transaction.workspaces.putContext(["purpose": "sales"], of: id)
        try transaction.workspaces.putContext(["purpose": "returns"], of: id)
      }
      try await store.read { transaction in
        let sidebar = try transaction.workspaces.sidebar(of: id)
        #expect(sidebar?.sqlCode == "SELECT x")
        #expect(sidebar?.pythonCode == "x = 1")
        let executions = try transaction.workspaces.executions(on: id, .sql)
        #expect(executions.map(\.code) == ["SELECT 1", "SELECT x"])
        #expect(executions.map(\.error) == [nil, "no such column: x"])
        #expect(executions.map(\.result) == [["n": 1], nil])
        #expect(try transaction.workspaces.executions(on: id, .sql, limit: 1).map(\.code) == ["SELECT x"])
        #expect(try transaction.workspaces.executions(on: id, .python).isEmpty)
        #expect(try transaction.workspaces.context(of: id)?.context == ["purpose": "returns"])
      }
      try await store.write { (transaction) throws in
        #expect(try transaction.datasets.delete(id))
        #expect(try transaction.datasets.delete(id) == false)
        #expect(try transaction.datasets.isDeleted(id))
        #expect(try transaction.datasets.page().items.isEmpty)
        #expect(try transaction.datasets.imported().isEmpty)
        #expect(try transaction.workspaces.sidebar(of: id) == nil)
        #expect(try transaction.workspaces.executions(on: id, .sql).isEmpty)
        #expect(try transaction.workspaces.context(of: id) == nil)
      }
    }
  }
}
