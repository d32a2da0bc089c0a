import Basics
import Model
import WebServer
import Wire

/// An error as an answer: `{"error":…,"code":…,"hint":…}` with the status of its code.
struct ErrorAnswer {
  var status: HTTPStatus
  /// The text that clients read: the error's message, or what a surface promised instead.
  var error: String
  /// The reason beside a promised text; nil when `error` is the reason.
  var details: String?
  var code: String
  var hint: String?
  /// Members that one surface adds.
  var more: JSONObject = [:]

  init(_ status: HTTPStatus, code: String, error: String, hint: String? = nil) {
    self.status = status
    self.code = code
    self.error = error
    self.hint = hint
  }

  /// Says what a coded error says, and of another one only that it happened: its words may hold anything.
  init(_ error: any Error) {
    let coded = error as? any CodedError
    self.init(
      ErrorTable.status(of: error), code: coded?.code ?? "internal",
      error: coded?.message ?? "The hub could not answer this request.",
      hint: coded?.hint ?? Self.standardHint(coded))
  }

  private static func standardHint(_ coded: (any CodedError)?) -> String? {
    coded == nil ? "The hub's log has more, under this answer's X-Request-Id." : nil
  }

  /// Says a promised text, and the reason beside it.
  init(_ error: any Error, as text: String) {
    self.init(error)
    details = self.error
    self.error = text
  }

  var json: JSON {
    var object: JSONObject = ["error": .string(error)]
    object["details"] = details.map { .string($0) }
    object["code"] = .string(code)
    object["hint"] = .optional(hint)
    for member in more.members { object[member.name] = member.value }
    return .object(object)
  }

  var response: Response { response(showing: json.object ?? [:]) }

  /// The answer with these members instead of its own: for clients that know no others.
  func response(showing members: JSONObject) -> Response {
    var response = Response.json(.object(members), status: status)
    if status == 503 { response.fields.append("Retry-After", "1") }
    return response
  }
}

extension Response {
  /// A JSON answer.
  static func json(_ json: JSON, status: HTTPStatus = 200) -> Response {
    .json(bytes: json.bytes, status: status)
  }

  /// A JSON answer of a value that writes itself.
  static func json(_ value: some JSONWritable, status: HTTPStatus = 200) -> Response {
    .json(bytes: value.jsonBytes, status: status)
  }

  /// A JSON answer that is encoded already.
  static func json(bytes: [UInt8], status: HTTPStatus = 200) -> Response {
    Response(status, type: "application/json; charset=utf-8", bytes)
  }

  /// An answer without a body.
  static let noContent = Response(204)
}
