/// A processor whose system calls the filter knows.
package enum Architecture: String, Sendable, CaseIterable {
  case x86_64, aarch64

  /// The kernel's AUDIT_ARCH value, by which a filter tells one table of call numbers from another.
  var auditNumber: UInt32 {
    switch self {
    case .x86_64: 0xC000_003E
    case .aarch64: 0xC000_00B7
    }
  }

  /// The processor this was built for, or nil when there is no table for it.
  package static var current: Architecture? {
    #if arch(x86_64)
      .x86_64
    #elseif arch(arm64)
      .aarch64
    #else
      nil
    #endif
  }
}
