package import Fetch
package import Model
package import Tools

/// Makes tools of registered ones.
package struct HTTPToolClient: Sendable {
  private let fetcher: Fetcher
  private let allowsPrivateAddresses: Bool

  /// - Parameter allowsPrivateAddresses: whether tools may stand on this machine and in private networks.
  package init(fetcher: Fetcher, allowsPrivateAddresses: Bool) {
    self.fetcher = fetcher
    self.allowsPrivateAddresses = allowsPrivateAddresses
  }

  /// A tool that can be called.
  package func tool(_ registered: RegisteredTool) -> any Tool {
    HTTPTool(registered, fetcher: fetcher, allowsPrivateAddresses: allowsPrivateAddresses)
  }
}
