package import Basics
import Model

/// What somebody decides about the calls of tools that a run waits with.
package struct Approval: Equatable, Sendable {
  /// Yes or no.
  package enum Decision: String, Sendable, CaseIterable {
    case approve, deny
  }

  /// The decision about one call.
  struct Item: Equatable, Sendable {
    /// The call's number in its run; nil for all that wait.
    var call: Int?
    var decision: Decision
    var reason: String?
    /// What to call the tool with instead.
    var arguments: JSON?
  }

  let items: [Item]

  /// The members of an order, wherever it comes from.
  package static let members = ["decision", "reason", "arguments", "call", "calls"]
  private static let itemMembers = ["decision", "reason", "arguments", "call"]
  private static let longestReason = 2000

  /// Reads an order: `{"decision":"approve"}` for all calls that wait, with `call` for one, or `{"calls":[…]}` with numbers or such
  /// objects, whose members win over those around them.
  ///
  /// - Throws: `invalid_approval`.
  package init(_ order: JSONObject) throws(RunError) {
    guard let calls = order["calls"], !calls.isNull else {
      items = [try Self.item(order, within: [:])]
      return
    }
    guard let elements = calls.array, (1...64).contains(elements.count),
      ["call", "arguments"].allSatisfy({ order[$0]?.isNull ?? true })
    else {
      throw .invalidApproval(
        "calls must be an array of 1 to 64 calls, without call or arguments beside it.")
    }
    var items: [Item] = []
    for element in elements {
      let object: JSONObject? = element.integer.map { ["call": .integer($0)] } ?? element.object
      guard let object, object["call"] != nil else {
        throw .invalidApproval("calls must hold the numbers of calls, or objects with a call.")
      }
      for name in object.names where !Self.itemMembers.contains(name) {
        throw .invalidApproval("A call has no member \(name).")
      }
      items.append(try Self.item(object, within: order))
    }
    guard Set(items.map(\.call)).count == items.count else {
      throw .invalidApproval("calls has the same call twice.")
    }
    self.items = items
  }

  private static func item(_ object: JSONObject, within order: JSONObject) throws(RunError) -> Item {
    guard let word = (object["decision"] ?? order["decision"])?.string,
      let decision = Decision(rawValue: word)
    else {
      throw .invalidApproval(
        "decision must be one of \(Decision.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    var item = Item(decision: decision)
    if let call = object["call"], !call.isNull {
      guard let number = call.integer, number > 0, let call = Int(exactly: number) else {
        throw .invalidApproval("call must be the number of a call.")
      }
      item.call = call
    }
    if let reason = object["reason"] ?? order["reason"], !reason.isNull {
      guard let text = reason.string, text.utf8.count <= longestReason else {
        throw .invalidApproval("reason must be a string of at most \(longestReason) bytes.")
      }
      item.reason = text
    }
    if let arguments = object["arguments"], !arguments.isNull {
      guard arguments.object != nil, item.call != nil, decision == .approve else {
        throw .invalidApproval("arguments must be an object, for one call that is approved.")
      }
      item.arguments = arguments
    }
    return item
  }
}

extension RunError {
  /// An order about calls of tools that cannot be read.
  static func invalidApproval(_ message: String) -> Self {
    Self(
      code: "invalid_approval", message: message,
      hint:
        "Example: {\"decision\":\"approve\"}, or {\"calls\":[{\"call\":1,\"decision\":\"deny\",\"reason\":\"…\"}]}."
    )
  }

  /// A run does not wait for anybody's decision.
  static func notWaiting(_ status: String) -> Self {
    Self(
      code: "run_not_waiting", message: "The run does not wait for approval: it is \(status).",
      hint: "Somebody may have decided already; GET /api/runs/{id} tells.")
  }

  /// A call does not wait for anybody's decision.
  static func callNotWaiting(_ number: Int) -> Self {
    Self(
      code: "call_not_waiting", message: "The run has no call \(number) that waits for approval.",
      hint: "Somebody may have decided already; GET /api/runs/{id} tells.")
  }

  /// Somebody wants a tool to be called with what it does not take.
  static func badArguments(_ faults: [String]) -> Self {
    Self(
      code: "tool_arguments_invalid", message: "The call was not approved. \(faults.joined(separator: " "))",
      hint: "GET /api/tools/{name} has the schema.")
  }
}
