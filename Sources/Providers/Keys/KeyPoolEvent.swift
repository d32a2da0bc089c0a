package import Basics

/// What happened in a pool of keys, in the words of the first gateways: positions from 0, never a key.
package enum KeyPoolEvent: Equatable, Sendable {
  case failed(position: Int, fault: KeyFault, reason: String, uses: Int, errors: Int, at: Timestamp)
  case rotated(from: Int, to: Int, at: Timestamp)
  case allExhausted(total: Int, at: Timestamp)

  /// The event as those who watch keys expect it.
  package var json: JSON {
    switch self {
    case .failed(let position, _, let reason, let uses, let errors, let at):
      [
        "type": "key_failed", "key_index": .integer(Int64(position)), "reason": .string(reason),
        "timestamp": .string(at.iso8601), "usage_count": .integer(Int64(uses)),
        "error_count": .integer(Int64(errors)),
      ]
    case .rotated(let from, let to, let at):
      [
        "type": "key_rotated", "from_index": .integer(Int64(from)), "to_index": .integer(Int64(to)),
        "timestamp": .string(at.iso8601),
      ]
    case .allExhausted(let total, let at):
      [
        "type": "all_keys_exhausted", "timestamp": .string(at.iso8601), "total_keys": .integer(Int64(total)),
      ]
    }
  }
}
