/// New messages that one search takes in before it looks: a few milliseconds. More wait only where hundreds come in a second, or after an import.
private let mostBefore = 500

extension Store {
  /// A page of the messages that match, among all that were stored before the call.
  ///
  /// - Returns: the page, and whether all messages were looked through: false while more wait to be taken in than one search can wait for.
  /// - Throws: `store_closed`, or the `DatabaseError` of the reading.
  package func find(
    _ search: MessageSearch
  ) async throws -> (page: Page<FoundMessage, SearchCursor>, isComplete: Bool) {
    if try await read({ try $0.messageIntake.isWaiting() }) {
      // On a full disk nothing can be taken in; what was can be found all the same, and the answer says that it is not all.
      _ = try? await write(.relaxed) { try $0.messageIntake.takeWaiting(atMost: mostBefore) }
    }
    return try await read { store in
      (try store.messageSearch.find(search), try store.messageIntake.isComplete())
    }
  }
}
