import Basics
import Model
import Pipelines
import WebServer
import Wire

/// What a body of `POST /api/batch` asks for.
struct BatchRequest: Sendable {
  /// How the results are wanted.
  enum Delivery: Equatable, Sendable {
    /// All of them in one answer, when the last one is there.
    case whole
    /// The batch at once.
    case background
    /// Each as soon as it and those before it are there.
    case stream(BatchStreamForm)
  }

  let order: BatchOrder
  let delivery: Delivery

  init(_ request: Request) throws(APIError) {
    let key = try IdempotencyKey(of: request)
    let body = try RequestBody(request.body, for: .beginBatch)
    try body.require("agentId", "inputs")
    let agent = Identifier<Agent>(try body.text("agentId") ?? "")
    let cache = try body.choice("cache", of: CacheUse.self) ?? .use
    var order = BatchOrder(agent: agent, inputs: try Self.inputs(of: body, for: agent, cache))
    if let concurrency = try body.integer("concurrency") {
      guard concurrency > 0 else { throw .invalidValue("concurrency", mustBe: "a whole number from 1") }
      order.concurrency = concurrency
    }
    order.key = key?.text
    order.fingerprint = key?.fingerprint ?? ""
    let streams = try body.flag("stream")
    let isBackground = try body.flag("background")
    try body.refuseUnknown()
    let form = BatchStreamForm(accepted: request)
    guard !(streams && isBackground) else {
      throw APIError("invalid_field", "stream and background exclude each other.", hint: "Send one of them.")
    }
    self.order = order
    if isBackground {
      delivery = .background
    } else if let form = form ?? (streams ? .lines : nil) {
      delivery = .stream(form)
    } else {
      delivery = .whole
    }
  }

  private static func inputs(
    of body: RequestBody, for agent: Identifier<Agent>, _ cache: CacheUse
  ) throws(APIError) -> [Invocation] {
    var invocations: [Invocation] = []
    for (index, input) in try body.elements("inputs").enumerated() {
      var invocation = Invocation(agent: agent, text: "")
      invocation.cache = cache
      if let text = input.string {
        invocation.text = text
      } else {
        try read(input, into: &invocation, place: "inputs[\(index)]")
      }
      guard !invocation.text.isEmpty else {
        throw .invalidValue(
          "inputs[\(index)]", mustBe: "a text that is not empty, or an object with a message")
      }
      invocations.append(invocation)
    }
    return invocations
  }

  private static func read(_ json: JSON, into invocation: inout Invocation, place: String) throws(APIError) {
    guard let object = json.object else {
      throw .wrongType(place, mustBe: "a string or an object", not: json)
    }
    let input = RequestBody(object, known: Schema.batchInput.memberNames, path: "\(place).")
    invocation.text = try input.text("message") ?? ""
    invocation.conversation = try input.text("conversationId").flatMap { $0.isEmpty ? nil : Identifier($0) }
    invocation.images = try input.images("images")
    invocation.cache = try input.choice("cache", of: CacheUse.self) ?? invocation.cache
    try input.refuseUnknown()
  }
}

/// How results travel one by one.
enum BatchStreamForm: Equatable, Sendable {
  /// A line of JSON each (`application/x-ndjson`).
  case lines
  /// An event each (`text/event-stream`).
  case events

  /// What the request's `Accept` asks for; nil for neither.
  init?(accepted request: Request) {
    if request.wantsEventStream {
      self = .events
    } else if request.fields.list("Accept").contains(where: {
      $0.lowercased().hasPrefix("application/x-ndjson")
    }) {
      self = .lines
    } else {
      return nil
    }
  }
}
