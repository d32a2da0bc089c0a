import Database

/// The hub's own row: which numbering this is, and how the last process ended.
enum HubStore {
  private enum SQL {
    static let read = "SELECT epoch, boot, stopped_cleanly FROM hub"
    static let insert = "INSERT INTO hub (id, epoch, boot, stopped_cleanly) VALUES (1, ?1, ?2, 0)"
    static let start = "UPDATE hub SET epoch = ?1, boot = ?2, stopped_cleanly = 0"
    static let stop = "UPDATE hub SET stopped_cleanly = 1"
    static let all = [read, insert, start, stop]
  }

  static var statements: [String] { SQL.all }

  /// Marks the hub as running.
  ///
  /// - Parameters:
  ///   - boot: names the machine's boot; empty when unknown.
  ///   - mint: makes a new epoch.
  /// - Returns: the epoch: the old one, unless the log's tail may have been lost with the machine's memory, so that
  ///   numbers which some client has seen might be given out again.
  static func start(
    _ connection: DatabaseConnection, boot: String, mint: () -> String
  ) throws -> String {
    let last = try connection.first(SQL.read) {
      (epoch: $0.text(0), boot: $0.text(1), stoppedCleanly: $0.integer(2) == 1)
    }
    guard let last else {
      let epoch = mint()
      try connection.run(SQL.insert, .text(epoch), .text(boot))
      return epoch
    }
    let isTailSafe = last.stoppedCleanly || (last.boot == boot && !boot.isEmpty)
    let epoch = isTailSafe ? last.epoch : mint()
    try connection.run(SQL.start, .text(epoch), .text(boot))
    return epoch
  }

  /// Marks the hub as stopped on purpose.
  static func stop(_ connection: DatabaseConnection) throws { try connection.run(SQL.stop) }
}
