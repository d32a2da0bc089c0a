package import Basics
package import Model

/// Something that a model may call while it answers.
///
/// To add one: a type that conforms, in any room above this one, and its line in the list of tools where the hub is composed. Agents
/// that name it in `config.tools` may then call it.
package protocol Tool: Sendable {
  /// How models are told of it.
  var definition: ToolDefinition { get }
  /// What a call may take, and whether somebody must agree to it first.
  var terms: ToolTerms { get }
  /// Does what it is for.
  ///
  /// Must end soon after its task is cancelled: that is how a run is stopped and how a time limit is kept.
  ///
  /// - Parameter arguments: fit the schema of `definition`.
  /// - Throws: a `CodedError`, whose words go to the model; of another error it learns no more than that the call failed.
  func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer
}

extension Tool {
  /// Nobody is asked, and what is usual may be taken.
  package var terms: ToolTerms { ToolTerms() }

  /// What agents list in `config.tools`.
  package var name: String { definition.name }
}

/// Under which conditions a tool is called.
package struct ToolTerms: Equatable, Sendable {
  package var approval: ToolApproval
  /// After which a call is cancelled and counts as failed.
  package var timeLimit: Duration
  /// UTF-8 bytes of a result that the model gets at most; the rest is cut, and the result says so.
  package var maximumResult: Int
  /// Differs when calls do something else from now on; what was approved before is then not called any more.
  package var fingerprint: String

  package init(
    approval: ToolApproval = .never,
    timeLimit: Duration = .milliseconds(RegisteredTool.standardTimeout),
    maximumResult: Int = RegisteredTool.standardResult, fingerprint: String = ""
  ) {
    self.approval = approval
    self.timeLimit = timeLimit
    self.maximumResult = maximumResult
    self.fingerprint = fingerprint
  }
}

/// For whom a tool is called.
package struct ToolContext: Equatable, Sendable {
  package var run: Identifier<Run>
  package var conversation: Identifier<Conversation>
  package var agent: AgentReference
  package var tenant: String
  /// Which call of the run it is, from 1.
  package var call: Int
  /// The agent's own words for this tool: `settings` of its entry in `config.tools`.
  package var settings: JSONObject
  /// What the caller gave beside the message: never a model's words.
  package var parameters: JSONObject

  package init(
    run: Identifier<Run>, conversation: Identifier<Conversation>, agent: AgentReference,
    tenant: String = "default", call: Int, settings: JSONObject = [:],
    parameters: JSONObject = [:]
  ) {
    self.run = run
    self.conversation = conversation
    self.agent = agent
    self.tenant = tenant
    self.call = call
    self.settings = settings
    self.parameters = parameters
  }
}

/// What a tool answers.
package struct ToolAnswer: Equatable, Sendable {
  /// Texts and images.
  package var parts: [MessagePart]
  /// Whether the call came to nothing; the model reads why.
  package var isError: Bool
  /// UTF-8 bytes that there were, when the tool gives only the beginning.
  package var wholeBytes: Int?

  package init(parts: [MessagePart], isError: Bool = false, wholeBytes: Int? = nil) {
    self.parts = parts
    self.isError = isError
    self.wholeBytes = wholeBytes
  }

  /// An answer in words.
  package static func text(_ text: String, isError: Bool = false) -> ToolAnswer {
    ToolAnswer(parts: [.text(text)], isError: isError)
  }

  /// An answer that is JSON.
  package static func json(_ json: JSON) -> ToolAnswer { .text(json.text) }
}
