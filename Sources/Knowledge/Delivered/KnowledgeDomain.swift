package import Model
import Storage

/// The domains of the delivered knowledge: those of the customer service, a worker each, and field service.
package enum KnowledgeDomain: String, Sendable, CaseIterable {
  case technical, billing, general, compliance
  case fieldService = "field_service"

  /// How the domain's worker retrieves.
  package var mode: RetrievalMode {
    switch self {
    case .technical, .general, .fieldService: .rag
    case .billing: .hybrid
    case .compliance: .cag
    }
  }

  /// Where its documents are, all of them.
  package var collection: String { self == .fieldService ? "all" : "\(rawValue)_docs" }

  /// The collections that hold a part of its documents each, by the folder they are delivered in.
  package var parts: [String] {
    self == .fieldService ? ["handbook", "compliance", "receipts", "work_logs"] : []
  }

  /// How its documents are cut.
  package var limits: ChunkLimits {
    // What the first systems cut theirs to.
    self == .fieldService ? ChunkLimits(size: 1000, overlap: 100) ?? .standard : .standard
  }

  /// The domains that are searched, which have an index; the other's documents stand in its prompt.
  package static let indexed: [KnowledgeDomain] = [.technical, .billing, .general, .fieldService]

  /// What a filled index is tried with.
  package var probe: String {
    switch self {
    case .technical: "error 500"
    case .billing: "refund policy"
    case .general: "company services"
    case .compliance: "data deletion"
    case .fieldService: "overtime rules"
    }
  }

  /// The delivered documents, by name.
  package var documents: [DocumentUpload] { documents(below: "Seeds/knowledge/\(rawValue)/") }

  /// The delivered documents of one of its parts.
  func documents(ofPart part: String) -> [DocumentUpload] {
    documents(below: "Seeds/knowledge/\(rawValue)/\(part)/")
  }

  /// What is delivered for a collection, and how it is cut; nil for any other name.
  static func delivery(for collection: String) -> (documents: [DocumentUpload], limits: ChunkLimits)? {
    for domain in indexed {
      if domain.collection == collection { return (domain.documents, domain.limits) }
      if domain.parts.contains(collection) {
        return (domain.documents(ofPart: collection), domain.limits)
      }
    }
    return nil
  }

  private func documents(below folder: String) -> [DocumentUpload] {
    Assets.paths.filter { $0.hasPrefix(folder) }.map { path in
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return DocumentUpload(name: name, bytes: Assets.file(path) ?? [])
    }
  }
}
