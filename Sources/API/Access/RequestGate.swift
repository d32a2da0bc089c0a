import Basics
package import WebServer
import Wire

// What the API decides about every request and answer: who may ask, how errors look, and what pages of other origins may read.

extension ServerHooks {
  /// The hooks of the API.
  package static func api(_ configuration: APIConfiguration) -> ServerHooks {
    let gate = RequestGate(
      policy: OriginPolicy(
        host: configuration.host, allowedHosts: configuration.allowedHosts,
        allowedOrigins: configuration.allowedOrigins),
      rate: configuration.rateLimit.map { RateGate($0) })
    return ServerHooks(
      errorResponse: { status, code, message, hint, path in
        OpenAIFault.isAt(path)
          ? OpenAIFault(ErrorAnswer(status, code: code, error: message, hint: hint)).response
          : ListenerProfile.ErrorForm.hub.response(status, code: code, message: message, hint: hint)
      },
      admit: { gate.refusal(of: $0) },
      finish: { request, response in
        if let request { gate.addFields(to: &response, for: request) }
      })
  }

  /// The same for a listener of a profile.
  package func showing(_ profile: ListenerProfile) -> ServerHooks {
    let (finish, errorResponse) = (self.finish, self.errorResponse)
    return ServerHooks(
      errorResponse: { status, code, message, hint, path in
        OpenAIFault.isAt(path)
          ? errorResponse(status, code, message, hint, path)
          : profile.errors.response(status, code: code, message: message, hint: hint)
      },
      admit: admit,
      finish: { request, response in
        finish?(request, &response)
        if profile.allowsCredentials, response.fields.contains("Access-Control-Allow-Origin") {
          response.fields.set("Access-Control-Allow-Credentials", "true")
        }
      })
  }
}

/// Stands before the routes.
struct RequestGate: Sendable {
  let policy: OriginPolicy
  /// Nil lets everybody ask as much as they like.
  var rate: RateGate?

  /// The fields a page may send and read (Fetch §3.2).
  private static let requestFields =
    "Content-Type, Authorization, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Accept, X-Request-Id"
  private static let answerFields =
    "ETag, Idempotent-Replayed, Retry-After, X-Conversation-Id, X-Request-Id, X-Run-Id, X-Should-Retry"
  private static let methods = "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS"

  /// The answer to a request that may not go on; a preflight never does.
  func refusal(of request: Request) -> Response? {
    if let answer = tooFast(request) { return answer }
    let host = request.head.host
    guard policy.allows(host: host) else {
      return ErrorAnswer(
        421, code: "host_not_allowed", error: "This hub is not called \(host).",
        hint: "Add the name to AGENTHUB_ALLOWED_HOSTS if it is the hub's."
      ).response(to: request)
    }
    return foreignPage(request)
  }

  /// The answer to a request that comes too soon behind others. Balancers that ask whether the hub lives always hear it.
  private func tooFast(_ request: Request) -> Response? {
    guard let rate, !Self.probes.contains(request.path) else { return nil }
    guard let wait = rate.wait(request.network, at: request.moment) else { return nil }
    var answer = ErrorAnswer(
      429, code: "rate_limited", error: "Your address sends requests faster than this hub takes them.",
      hint: "Wait for the seconds in Retry-After; AGENTHUB_RATE_LIMIT is the limit."
    ).response(to: request)
    answer.fields.set("Retry-After", "\(wait)")
    return answer
  }

  private static let probes: Set<String> = ["/health", "/ready"]

  private func foreignPage(_ request: Request) -> Response? {
    guard request.fields.contains("Origin") else { return nil }
    let isPreflight = request.method == .options && request.fields.contains("Access-Control-Request-Method")
    guard isPreflight || Self.changesSomething(request) else { return nil }
    guard allowsOrigin(of: request) else {
      return ErrorAnswer(
        403, code: "origin_not_allowed",
        error: "Pages of \(request.fields["Origin"] ?? "") may not call this hub.",
        hint: "Add the origin to AGENTHUB_ALLOWED_ORIGINS if the page is yours."
      ).response(to: request)
    }
    return isPreflight ? Self.preflight(request) : nil
  }

  private func allowsOrigin(of request: Request) -> Bool {
    let origins = request.fields.values(of: "Origin")
    return origins.count <= 1 && policy.allows(origin: origins.first, host: request.head.host)
  }

  /// A socket brings commands, so opening one counts; browsers do not ask before they do (RFC 6455 §10.2).
  private static func changesSomething(_ request: Request) -> Bool {
    switch request.method {
    case .get, .head, .options: WebSocketHandshake.isAsked(by: request.head)
    default: true
    }
  }

  /// Pages that may call may send any field, as the replaced systems allowed it.
  private static func preflight(_ request: Request) -> Response {
    let asked = request.fields["Access-Control-Request-Headers"].map { ", \($0)" } ?? ""
    return Response(
      204,
      fields: [
        "Access-Control-Allow-Methods": methods, "Access-Control-Allow-Headers": requestFields + asked,
        "Access-Control-Max-Age": "600",
      ])
  }

  /// Lets an allowed page read the answer, and tells caches that the answer depends on who asked.
  func addFields(to response: inout Response, for request: Request) {
    guard let origin = request.fields["Origin"] else { return }
    response.fields.append("Vary", "Origin")
    guard allowsOrigin(of: request) else { return }
    response.fields.set("Access-Control-Allow-Origin", origin)
    response.fields.set("Access-Control-Expose-Headers", Self.answerFields)
  }
}
