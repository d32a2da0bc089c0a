import Basics
import Fetch
import Knowledge
import Model
import Pipelines
import Storage

/// `agenthub index`: fills the delivered domains, one after the other.
struct KnowledgeCommand: Sendable {
  let settings: Settings
  let log: Log
  let terminal: Terminal

  /// - Throws: `index_failed` when a domain failed; the others are filled.
  func run(_ domains: [KnowledgeDomain], force: Bool) throws {
    let store = try Store.open(StoreConfiguration(path: settings.database), log: log)
    defer { store.close() }
    let fetcher = try Fetcher(configuration: settings.fetchConfiguration, log: log)
    defer { fetcher.close() }
    let runs = RunService(
      store: store, providers: try HubProcess.providers(settings, fetcher, store, log),
      rollUp: settings.rollUpLimits, prices: try PriceFile.table(settings), log: log)
    let embedder = LateEmbedder()
    embedder.set(runs.embedder)
    let knowledge = KnowledgeService(
      store: store, models: embedder.models, configuration: settings.knowledgeConfiguration,
      log: log)
    let failed = try Blocking.wait {
      try await knowledge.start()
      var failed: [KnowledgeDomain] = []
      for domain in domains where await !fill(domain, knowledge, force: force) { failed.append(domain) }
      await knowledge.stop()
      return failed
    }
    guard failed.isEmpty else { throw IndexFailure(domains: failed) }
  }

  private func fill(_ domain: KnowledgeDomain, _ knowledge: KnowledgeService, force: Bool) async -> Bool {
    do {
      let report = try await knowledge.index(domain, force: force)
      terminal.write(Self.text(of: report))
      return report.job.state == .done
    } catch let error as any CodedError {
      terminal.complain("\(domain.rawValue): \(error.description)\n")
    } catch {
      terminal.complain("\(domain.rawValue): \(error)\n")
    }
    return false
  }

  static func text(of report: DomainReport) -> String {
    let (job, chunks) = (report.job, report.chunks)
    var lines = [
      "\(report.domain.rawValue): \(job.done) of \(job.total) documents in \(report.domain.collection) (\(job.embedder))"
    ]
    if let error = job.error { lines.append("  failed: \(error)") }
    lines.append(
      "  \(chunks.count) chunks, \(chunks.shortest) to \(chunks.longest) characters, \(chunks.average) on average"
    )
    lines.append("  \"\(report.domain.probe)\" finds:")
    for hit in report.probe {
      lines.append("    \(hit.documentName)" + (hit.heading.isEmpty ? "" : ", \(hit.heading)"))
    }
    if report.probe.isEmpty { lines.append("    nothing") }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Domains that could not be filled; why was said at each.
struct IndexFailure: CodedError, Equatable {
  let domains: [KnowledgeDomain]

  var code: String { "index_failed" }
  var message: String { "Could not fill \(domains.map(\.rawValue).joined(separator: ", "))." }
  var hint: String? { nil }
}
