import Basics
import Model
import Providers
import Storage
import Synchronization
import TestKit

@testable import Knowledge

/// A store and the documents in it, opened as often as the test likes.
final class KnowledgeFixture: Sendable {
  let folder = ScratchFolder()
  let maker: ScriptedMaker

  init(_ maker: ScriptedMaker = ScriptedMaker()) { self.maker = maker }

  var path: String { "\(folder.path)/hub.db" }

  /// Opens the store, lets a test use the service, and closes both.
  func use<Value>(
    _ configuration: KnowledgeService.Configuration = .init(),
    _ body: (KnowledgeService) async throws -> Value
  ) async throws -> Value {
    let store = try Store.open(StoreConfiguration(path: path), log: .silent)
    defer { store.close() }
    let maker = maker
    let service = KnowledgeService(
      store: store, models: EmbeddingModelTable { try maker.embed($0, for: $1) },
      configuration: configuration,
      log: .silent)
    try await service.start()
    do {
      let value = try await body(service)
      await service.stop()
      return value
    } catch {
      await service.stop()
      throw error
    }
  }
}

/// A provider of vectors as a script: three numbers, by which letters a text has; fails and waits when told to.
final class ScriptedMaker: Sendable {
  static let name = "openai/scripted"

  struct Refusal: CodedError {
    let code = "provider_unreachable"
    let message = "The provider could not be reached."
    let hint: String? = nil
  }

  private struct State {
    var calls: [[String]] = []
    var agents: [Identifier<Agent>?] = []
    var dimensions = 3
    var fails: @Sendable (_ call: Int, _ texts: [String]) -> Bool = { _, _ in false }
  }

  private let state = Mutex(State())

  /// The texts of each call so far.
  var calls: [[String]] { state.withLock { $0.calls } }

  /// Who asked with each call so far.
  var agents: [Identifier<Agent>?] { state.withLock { $0.agents } }

  func fail(when fails: @escaping @Sendable (_ call: Int, _ texts: [String]) -> Bool) {
    state.withLock { $0.fails = fails }
  }

  func setDimensions(_ count: Int) { state.withLock { $0.dimensions = count } }

  func embed(_ call: EmbeddingCall, for agent: Identifier<Agent>? = nil) throws -> [[Float]] {
    let (dimensions, fails) = state.withLock { state in
      state.calls.append(call.texts)
      state.agents.append(agent)
      return (state.dimensions, state.fails(state.calls.count, call.texts))
    }
    guard !fails else { throw Refusal() }
    return call.texts.map { text in
      (0..<dimensions).map { index in
        Float(1 + text.utf8.count { $0 == UInt8(ascii: "a") + UInt8(index % 26) })
      }
    }
  }
}

extension KnowledgeService {
  /// Adds documents and waits until they are indexed.
  @discardableResult
  func fill(
    _ collection: String, _ documents: KeyValuePairs<String, String>, embedder: String? = nil,
    tenant: String = "default"
  ) async throws -> IndexJob {
    let uploads = documents.map { DocumentUpload(name: $0.key, text: $0.value) }
    return try await outcome(of: add(uploads, to: collection, embedder: embedder, tenant: tenant).id)
  }

  /// The names of the documents that a search finds by their words, best first, each once.
  func names(_ question: String, in collection: String, tenant: String = "default") async throws -> [String] {
    let answer = try await search(
      SearchQuery(collection: collection, tenant: tenant, question: question, limit: 10))
    return answer.hits.filter { $0.wordRank != nil }.map(\.documentName).reduce(into: []) {
      if !$0.contains($1) { $0.append($1) }
    }
  }
}
