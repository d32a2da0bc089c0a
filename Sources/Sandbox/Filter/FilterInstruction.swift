/// One instruction of classic BPF, as `struct sock_filter` lays it out.
package struct FilterInstruction: Equatable, Sendable {
  /// What the instruction does; the raw value is its opcode.
  package enum Operation: UInt16, Sendable {
    /// Loads 32 bits of `struct seccomp_data`.
    case load = 0x20
    case and = 0x54
    case jumpIfEqual = 0x15
    case jumpIfGreater = 0x25
    case jumpIfAtLeast = 0x35
    case answer = 0x06
  }

  package let operation: Operation
  /// How many instructions to skip when a jump's condition holds, and when it does not.
  package let whenTrue: UInt8
  package let whenFalse: UInt8
  /// The offset, the number to compare with, or the verdict.
  package let operand: UInt32

  init(_ operation: Operation, _ operand: UInt32, whenTrue: UInt8 = 0, whenFalse: UInt8 = 0) {
    self.operation = operation
    self.operand = operand
    self.whenTrue = whenTrue
    self.whenFalse = whenFalse
  }

  /// The eight bytes the kernel reads, of which both processors take the low one first.
  var bytes: [UInt8] {
    let code = operation.rawValue
    let number = (0..<4).map { UInt8(truncatingIfNeeded: operand >> (8 * $0)) }
    return [UInt8(truncatingIfNeeded: code), UInt8(code >> 8), whenTrue, whenFalse] + number
  }
}

/// What the kernel does with a call; the raw value is the filter's answer.
package enum FilterVerdict: UInt32, Sendable {
  case allow = 0x7FFF_0000
  /// The call fails with EPERM, and the program reads why.
  case refuse = 0x0005_0001
  /// The call fails with ENOSYS, as on a kernel that does not have it, so that the C library takes the older one.
  case unknown = 0x0005_0026
  /// The whole process ends.
  case kill = 0x8000_0000
}
