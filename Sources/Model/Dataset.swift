package import Basics

/// A table that somebody uploaded, to ask questions about.
package struct Dataset: Equatable, Sendable {
  /// How far it has come.
  package enum Status: String, Sendable, CaseIterable {
    /// Its file is being imported.
    case uploading
    /// Its rows can be asked; its profile is not there yet.
    case exploring
    case ready
  }

  package let id: Identifier<Dataset>
  /// What the uploaded file is called.
  package var filename: String
  /// Nil until the file is imported.
  package var rowCount: Int?
  package var status: Status
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: Identifier<Dataset>, filename: String, rowCount: Int? = nil, status: Status, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.filename = filename
    self.rowCount = rowCount
    self.status = status
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// Code that was run on a data set, and what came of it.
package struct CodeExecution: Equatable, Sendable {
  /// What the code is written in.
  package enum Language: String, Sendable, CaseIterable { case sql, python }

  package var language: Language
  package var code: String
  package var description: String?
  /// The message that the code was run for.
  package var message: Identifier<Message>?
  /// The conversation that the code was run for.
  package var conversation: Identifier<Conversation>?
  /// Rows that a query could have.
  package var rowLimit: Int?
  package var result: JSON?
  package var rowCount: Int?
  package var milliseconds: Int
  /// Why it failed; nil when it did not.
  package var error: String?
  package var executedAt: Timestamp

  package init(
    language: Language, code: String, description: String? = nil, message: Identifier<Message>? = nil,
    result: JSON? = nil, rowCount: Int? = nil, milliseconds: Int, error: String? = nil,
    executedAt: Timestamp = Timestamp(milliseconds: 0)
  ) {
    self.language = language
    self.code = code
    self.description = description
    self.message = message
    self.result = result
    self.rowCount = rowCount
    self.milliseconds = milliseconds
    self.error = error
    self.executedAt = executedAt
  }
}

/// What the workspace shows beside a data set.
package struct DatasetSidebar: Equatable, Sendable {
  package let id: String
  /// The analysis of the context, as an agent wrote it.
  package var contextAnalysis: JSON?
  /// The code that was written last, whether it ran or not.
  package var sqlCode: String?
  package var pythonCode: String?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: String, contextAnalysis: JSON? = nil, sqlCode: String? = nil, pythonCode: String? = nil,
    createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.contextAnalysis = contextAnalysis
    self.sqlCode = sqlCode
    self.pythonCode = pythonCode
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// What a data set is about, as an agent wrote it.
package struct DatasetContext: Equatable, Sendable {
  package let id: String
  package var context: JSON
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(id: String, context: JSON, createdAt: Timestamp, updatedAt: Timestamp) {
    self.id = id
    self.context = context
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
