import Basics
import Model
import Providers

extension ProviderEvent {
  /// UTF-8 bytes that a message grows by.
  var storedBytes: Int {
    switch self {
    case .text(let text), .refusal(let text), .reasoning(let text): text.utf8.count
    case .toolCallStart(_, let id, let name, _): id.utf8.count + name.utf8.count
    case .toolCallEnd(_, let arguments, _): arguments.utf8.count
    case .replay(_, let json, _), .foreign(let json): json.bytes.count
    case .image(.data(_, let base64)): base64.utf8.count
    case .image(.url(let url)): url.utf8.count
    default: 0
    }
  }
}
