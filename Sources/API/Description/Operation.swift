import Basics

/// What a route takes and gives, as clients and documents read it. Handlers take the names of queries and bodies from here.
struct Operation: Sendable {
  /// Unique, for generated clients.
  let id: String
  let tag: Tag
  /// What the summary of the route does not say, as Markdown; may be empty.
  let purpose: String
  /// Of the query and the head; those of the path are made of the pattern.
  let parameters: [Parameter]
  /// Whether names in the query that mean nothing pass.
  let allowsOtherQuery: Bool
  /// One body, in any of these types; none without a body.
  let bodies: [Content]
  /// Whether it may be left out.
  let isBodyOptional: Bool
  let successes: [Success]
  /// The codes of errors, beside those that every route has.
  let codes: [String]
  /// How errors look.
  private(set) var faults = FaultForm.hub
  /// Whether requests that ask for no other protocol are refused.
  private(set) var isUpgrade = false

  init(
    _ id: String, _ tag: Tag, _ purpose: String = "", _ parameters: [Parameter] = [],
    allowsOtherQuery: Bool = false, body: Content..., isBodyOptional: Bool = false,
    gives successes: Success...,
    fails codes: [String] = []
  ) {
    self.id = id
    self.tag = tag
    self.purpose = purpose
    self.parameters = parameters
    self.allowsOtherQuery = allowsOtherQuery
    bodies = body
    self.isBodyOptional = isBodyOptional
    self.successes = successes
    self.codes = codes
    queryNames = parameters.filter { $0.place == .query }.map(\.name)
    bodyNames = bodies.first { $0.type == "application/json" }?.schema.memberNames ?? []
  }

  /// The names that the query may have.
  let queryNames: [String]
  /// The names that a body of JSON may have.
  let bodyNames: [String]

  /// The operation, which only opens sockets.
  var needingUpgrade: Operation {
    var operation = self
    operation.isUpgrade = true
    return operation
  }

  /// The operation with errors of another form.
  func failing(as faults: FaultForm) -> Operation {
    var operation = self
    operation.faults = faults
    return operation
  }
}
