import Storage

/// The domains of the delivered customer service: a worker each, its documents, and how it comes by them.
package enum KnowledgeDomain: String, Sendable, CaseIterable {
  case technical, billing, general, compliance

  /// How the domain's worker retrieves.
  package var mode: RetrievalMode {
    switch self {
    case .technical, .general: .rag
    case .billing: .hybrid
    case .compliance: .cag
    }
  }

  /// Where its documents are.
  package var collection: String { "\(rawValue)_docs" }

  /// The domains that are searched, which have an index; the other's documents stand in its prompt.
  package static let indexed: [KnowledgeDomain] = [.technical, .billing, .general]

  /// What a filled index is tried with.
  package var probe: String {
    switch self {
    case .technical: "error 500"
    case .billing: "refund policy"
    case .general: "company services"
    case .compliance: "data deletion"
    }
  }

  /// The delivered documents, by name.
  package var documents: [DocumentUpload] {
    let folder = "Seeds/knowledge/\(rawValue)/"
    return Assets.paths.filter { $0.hasPrefix(folder) }.map { path in
      DocumentUpload(name: String(path.dropFirst(folder.count)), bytes: Assets.file(path) ?? [])
    }
  }
}
