/// Where the store lives and how much it does at once.
package struct StoreConfiguration: Sendable {
  /// The database file; made when it is missing, its folder is not.
  package var path: String
  /// Threads that read, each with its own connection.
  package var readers = 2
  /// How many jobs one commit takes at most; bounds how long the first of them waits.
  package var batch = 512
  /// Names the machine's boot; nil reads the kernel's. A changed boot after an unclean stop means a new epoch.
  package var boot: String?

  package init(path: String) { self.path = path }
}
