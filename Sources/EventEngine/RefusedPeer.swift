/// Stands for a peer that was told to go: it gets its answer, and nothing that it says is heard.
final class RefusedPeer: ConnectionDelegate {
  private let ended: () -> Void

  /// Says the words and closes in order; a close at once would reset the stream and take the words with it.
  static func dismiss(_ connection: Connection, saying words: [UInt8], ended: @escaping () -> Void) {
    connection.delegate = RefusedPeer(ended)
    connection.send(words)
    connection.finish()
  }

  private init(_ ended: @escaping () -> Void) { self.ended = ended }

  func received(_ bytes: UnsafeRawBufferPointer, from connection: Connection) {}
  func becameWritable(_ connection: Connection) {}
  func peerFinished(_ connection: Connection) {}
  func closed(_ connection: Connection, reason: ConnectionEnd) { ended() }
}
