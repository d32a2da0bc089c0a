import Basics
import TestKit

/// A page of Agent Nexus: it glues the chunks of an agent into one bubble.
enum NexusPage {
  /// Watches until so many answers are complete.
  ///
  /// - Returns: the text of each conversation's answer, as glued from its chunks.
  static func watch(_ port: UInt16, answers: Int, connected: () -> Void = {}) throws -> [String: [UInt8]] {
    let socket = try WebSocketClient(port: port)
    guard case .text(let bytes) = try socket.receive(), try JSON.parse(bytes)["status"]?.string == "connected"
    else {
      throw ChildProcess.Failure(description: "no connection frame")
    }
    connected()
    var texts: [String: [UInt8]] = [:]
    var bubbles: [String: String] = [:]
    var complete = 0
    while complete < answers {
      guard case .text(let bytes) = try socket.receive() else {
        throw ChildProcess.Failure(description: "the page was closed after \(complete) answers")
      }
      let frame = try JSON.parse(bytes)
      guard frame["type"]?.string == "neural-event", let data = frame["data"],
        let agent = data["agentId"]?.string,
        let conversation = data["conversationId"]?.string
      else { throw ChildProcess.Failure(description: "a strange frame: \(frame.text)") }
      guard bubbles[agent, default: conversation] == conversation else {
        throw ChildProcess.Failure(description: "two answers of one agent in one bubble: \(frame.text)")
      }
      bubbles[agent] = conversation
      guard frame["kind"]?.string == "agent-response-complete" else {
        texts[conversation, default: []] += (data["chunk"]?.string ?? "").utf8
        continue
      }
      complete += 1
      bubbles[agent] = nil
      guard texts[conversation, default: []] == Array((data["response"]?.string ?? "").utf8) else {
        throw ChildProcess.Failure(description: "chunks and answer differ: \(frame.text)")
      }
    }
    return texts
  }
}
