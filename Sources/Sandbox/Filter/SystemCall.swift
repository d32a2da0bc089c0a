/// A system call and its number on each processor; nil where it does not exist.
package struct SystemCall: Equatable, Sendable {
  package let name: String
  let x86_64: UInt32?
  let aarch64: UInt32?

  init(_ name: String, _ x86_64: UInt32?, _ aarch64: UInt32?) {
    self.name = name
    self.x86_64 = x86_64
    self.aarch64 = aarch64
  }

  /// The call's number on a processor, or nil where it does not exist.
  package func number(on architecture: Architecture) -> UInt32? {
    switch architecture {
    case .x86_64: x86_64
    case .aarch64: aarch64
    }
  }
}

/// Under which condition a call is let through.
enum SystemCallRule: Equatable, Sendable {
  /// Only when these bits of the argument have this value.
  case masked(argument: UInt32, mask: UInt32, value: UInt32)
  /// Only when the argument is one of these.
  case oneOf(argument: UInt32, values: [UInt32])
}
