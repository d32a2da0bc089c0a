import Basics

/// Puts fragments of tool calls together. Servers differ in how they number and name them.
struct ToolCallAssembler: Sendable {
  private struct Call: Sendable {
    var id: String
    var wireIndex: Int
    var arguments = ""
    var isOpen = true
  }

  private var calls: [Call] = []

  /// Takes the `tool_calls` of one chunk.
  mutating func receive(_ fragments: [JSON], into events: inout [ProviderEvent]) {
    for (position, fragment) in fragments.enumerated() {
      let wireIndex = fragment["index"]?.integer.map { Int(clamping: $0) } ?? position
      let index = open(wireIndex, fragment, into: &events)
      if let signature = fragment["extra_content"], !signature.isNull {
        events.append(.replay(name: "extra_content", json: signature, of: .toolCall(index: index)))
      }
      let arguments = Self.arguments(fragment["function"]?["arguments"])
      if !arguments.isEmpty {
        calls[index].arguments += arguments
        events.append(.toolCallArguments(index: index, fragment: arguments))
      }
    }
  }

  /// Ends all calls that are open; says whether there were any calls at all.
  ///
  /// - Parameter isWhole: false when the answer broke off, so that no call may be executed.
  mutating func end(isWhole: Bool, into events: inout [ProviderEvent]) -> Bool {
    for index in calls.indices where calls[index].isOpen { close(index, isWhole: isWhole, into: &events) }
    return !calls.isEmpty
  }

  /// The call a fragment belongs to. Another id at an index that is open begins a new call (some servers number all 0).
  private mutating func open(_ wireIndex: Int, _ fragment: JSON, into events: inout [ProviderEvent]) -> Int {
    let id = fragment["id"]?.string ?? ""
    if let index = calls.lastIndex(where: { $0.wireIndex == wireIndex && $0.isOpen }) {
      if id.isEmpty || id == calls[index].id { return index }
      close(index, isWhole: true, into: &events)
    }
    let index = calls.count
    let name = fragment["function"]?["name"]?.string ?? ""
    // The id must only be unique within the conversation's turn that answers it.
    calls.append(Call(id: id.isEmpty ? "call_\(index)" : id, wireIndex: wireIndex))
    events.append(.toolCallStart(index: index, id: calls[index].id, name: name, isSynthetic: id.isEmpty))
    return index
  }

  private mutating func close(_ index: Int, isWhole: Bool, into events: inout [ProviderEvent]) {
    calls[index].isOpen = false
    let text = calls[index].arguments
    let arguments = text.utf8.allSatisfy { $0 <= 0x20 } ? "{}" : text
    let isValid = isWhole && (try? JSON.parse(arguments))?.object != nil
    events.append(.toolCallEnd(index: index, arguments: arguments, isValid: isValid))
  }

  /// A string, or from some servers the object itself.
  private static func arguments(_ json: JSON?) -> String {
    guard let json, !json.isNull else { return "" }
    return json.string ?? json.text
  }
}
