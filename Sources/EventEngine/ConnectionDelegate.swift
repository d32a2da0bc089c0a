/// What a connection tells its user, always on the loop's thread.
package protocol ConnectionDelegate: AnyObject {
  /// Bytes came. They are valid during the call only.
  func received(_ bytes: UnsafeRawBufferPointer, from connection: Connection)
  /// All that was queued has left, and the kernel takes more; told after a write was refused or cut.
  func becameWritable(_ connection: Connection)
  /// The peer sends no more; all its bytes have been delivered. Sending is still possible.
  func peerFinished(_ connection: Connection)
  /// The connection is over. Called once, after everything else, and never from inside a call to the connection.
  func closed(_ connection: Connection, reason: ConnectionEnd)
}
