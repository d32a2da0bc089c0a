import Basics
import Model
import Providers

// Keys and providers as REST shows them. Of a key at most its last four characters are shown, ever.

extension ShownKey {
  /// `probing` while a call finds out if the key is well again.
  var status: String { isProbed ? "probing" : state.condition.rawValue }

  var json: JSON {
    [
      "id": .string(id), "provider": .string(provider), "position": .integer(Int64(position)),
      "masked": .string(masked), "source": .string(source), "status": .string(status),
      "until": .optional(state.until?.iso8601), "strikes": .integer(Int64(state.strikes)),
      "uses": .integer(Int64(state.uses)), "errors": .integer(Int64(state.errors)),
      "lastUsed": .optional(state.lastUsed?.iso8601), "lastFailure": .optional(state.lastFailure),
      "callsInFlight": .integer(Int64(callsInFlight)),
    ]
  }

  /// In the words of the first gateways: a key is healthy or failed.
  var metrics: JSON {
    [
      "usageCount": .integer(Int64(state.uses)), "errorCount": .integer(Int64(state.errors)),
      "lastUsed": .optional(state.lastUsed?.iso8601), "lastError": .optional(state.lastFailure),
      "status": .string(state.condition == .healthy ? "healthy" : "failed"),
    ]
  }
}

extension ProviderTable.Row {
  /// The provider, its keys in numbers, and what is wrong with it.
  func json(_ keys: [ShownKey], _ condition: ProviderGate.Condition) -> JSON {
    let healthy = keys.filter { $0.state.condition == .healthy }.count
    return [
      "name": .string(name), "title": .string(title), "summary": .string(summary),
      "aliases": .array(aliases.map { .string($0) }),
      "takesKeys": .bool(takesKeys), "totalKeys": .integer(Int64(keys.count)),
      "healthyKeys": .integer(Int64(healthy)),
      "health": keys.isEmpty ? .null : .string(Self.health(healthy, of: keys.count)),
      "callsInFlight": .integer(Int64(condition.callsInFlight)),
      "openCircuits": .array(condition.openCircuits.map { .string($0) }),
    ]
  }

  /// `degraded` when fewer than half of the keys are healthy, `critical` when none is.
  private static func health(_ healthy: Int, of total: Int) -> String {
    if healthy == 0 { return "critical" }
    return 2 * healthy < total ? "degraded" : "healthy"
  }
}

extension Attempt {
  /// One try of a run's call.
  var json: JSON {
    var object: JSONObject = [
      "run": .string(run.text), "attempt": .integer(Int64(number)), "provider": .string(provider),
      "model": .string(model), "keyIndex": keyIndex.map { .integer(Int64($0)) } ?? .null,
      "status": .string(status.rawValue), "httpStatus": httpStatus.map { .integer(Int64($0)) } ?? .null,
      "startedAt": .string(startedAt.iso8601), "answeredAt": .optional(answeredAt?.iso8601),
      "finishedAt": .optional(finishedAt?.iso8601), "usage": usage?.json ?? .null,
      "cost": cost?.json ?? .null, "error": error?.json ?? .null,
    ]
    if let mark = source.mark {
      object[mark] = true
      object["savedCost"] = savedCost?.json ?? .null
    }
    return .object(object)
  }
}
