import Basics
package import Datasets

/// Why a question about a company was not answered, in words that a model can go on with.
package enum FieldServiceError: CodedError, Equatable {
  /// Neither the run nor the agent says whose company it is about.
  case companyMissing
  /// The question itself: what the rule or the engine says of it.
  case question(DatasetError)

  package var code: String {
    switch self {
    case .companyMissing: "company_missing"
    case .question(let error): error.code
    }
  }

  package var message: String {
    switch self {
    case .companyMissing: "The question belongs to no company."
    case .question(.unreadable(let detail)): "The query cannot be read: \(detail)"
    case .question(let error): error.message
    }
  }

  package var hint: String? {
    switch self {
    case .companyMissing: "Give the run parameters.company_id, or the agent's tool settings.company."
    case .question(.dangerous), .question(.notASelect), .question(.severalStatements):
      "Ask with one SELECT, or WITH … SELECT; nothing can be changed."
    case .question(.denied), .question(.unreadable):
      "These tables and columns there are:\n\(FieldServiceSchema.words)"
    case .question(let error): error.hint
    }
  }
}
