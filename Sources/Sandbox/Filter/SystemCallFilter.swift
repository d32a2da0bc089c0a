/// A seccomp filter as a value: which calls are let through, and the program that tells the kernel.
package struct SystemCallFilter: Equatable, Sendable {
  /// When the filter holds.
  package enum Phase: Sendable, CaseIterable {
    /// From bubblewrap's last step until the caller's code arrives; only code of ours runs.
    case starting
    /// While the caller's code runs.
    case computing
  }

  /// The program, to be run from its first instruction.
  package let instructions: [FilterInstruction]

  /// The bytes of an array of `struct sock_filter`.
  package var bytes: [UInt8] { instructions.flatMap(\.bytes) }

  /// Compiles the filter of a phase.
  package init(_ phase: Phase, on architecture: Architecture) {
    var program = FilterProgram(for: architecture)
    let table = SystemCallTable.self
    program.answer(table.clone3, with: .unknown)
    let flags = table.threadFlag | table.namespaceFlags
    program.allow(table.clone, if: .masked(argument: 0, mask: flags, value: table.threadFlag))
    program.allow(table.ioctl, if: .oneOf(argument: 1, values: table.harmlessControls))
    program.allow(phase == .starting ? table.computing + table.starting : table.computing)
    program.end(newestKnown: table.newestKnown)
    instructions = program.instructions
  }
}

/// Builds a filter's program. Every block either answers or leaves the call's number loaded for the next one.
private struct FilterProgram {
  private(set) var instructions: [FilterInstruction]
  private let architecture: Architecture

  /// Offsets in `struct seccomp_data`.
  private enum Offset {
    static let number: UInt32 = 0
    static let architecture: UInt32 = 4
    /// The low half of an argument.
    static func argument(_ index: UInt32) -> UInt32 { 16 + 8 * index }
  }

  /// Ends processes that use another processor's table, in which the same numbers mean other calls.
  init(for architecture: Architecture) {
    self.architecture = architecture
    instructions = [
      FilterInstruction(.load, Offset.architecture),
      FilterInstruction(.jumpIfEqual, architecture.auditNumber, whenTrue: 1),
      FilterInstruction(.answer, FilterVerdict.kill.rawValue),
      FilterInstruction(.load, Offset.number),
    ]
    // x32 calls come with the same architecture and this bit.
    if architecture == .x86_64 {
      instructions.append(FilterInstruction(.jumpIfAtLeast, 0x4000_0000, whenFalse: 1))
      answer(.kill)
    }
  }

  mutating func answer(_ call: SystemCall, with verdict: FilterVerdict) {
    guard let number = call.number(on: architecture) else { return }
    instructions.append(FilterInstruction(.jumpIfEqual, number, whenFalse: 1))
    answer(verdict)
  }

  mutating func allow(_ call: SystemCall, if rule: SystemCallRule) {
    guard let number = call.number(on: architecture) else { return }
    var block: [FilterInstruction] = []
    switch rule {
    case .masked(let argument, let mask, let value):
      block = [
        FilterInstruction(.load, Offset.argument(argument)), FilterInstruction(.and, mask),
        FilterInstruction(.jumpIfEqual, value, whenTrue: 1),
        FilterInstruction(.answer, FilterVerdict.refuse.rawValue),
      ]
    case .oneOf(let argument, let values):
      block = [FilterInstruction(.load, Offset.argument(argument))]
      for (index, value) in values.enumerated() {
        block.append(FilterInstruction(.jumpIfEqual, value, whenTrue: UInt8(values.count - index)))
      }
      block.append(FilterInstruction(.answer, FilterVerdict.refuse.rawValue))
    }
    block.append(FilterInstruction(.answer, FilterVerdict.allow.rawValue))
    instructions.append(FilterInstruction(.jumpIfEqual, number, whenFalse: UInt8(block.count)))
    instructions += block
  }

  /// Lets calls through; neighbours in the table of numbers share a comparison.
  mutating func allow(_ calls: [SystemCall]) {
    var ranges: [ClosedRange<UInt32>] = []
    for number in Set(calls.compactMap({ $0.number(on: architecture) })).sorted() {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    for range in ranges {
      instructions.append(FilterInstruction(.jumpIfAtLeast, range.lowerBound, whenFalse: 2))
      instructions.append(FilterInstruction(.jumpIfGreater, range.upperBound, whenTrue: 1))
      answer(.allow)
    }
  }

  /// What no block has answered fails: EPERM for calls that are known, ENOSYS for those of later kernels.
  mutating func end(newestKnown: UInt32) {
    instructions.append(FilterInstruction(.jumpIfGreater, newestKnown, whenFalse: 1))
    answer(.unknown)
    answer(.refuse)
  }

  private mutating func answer(_ verdict: FilterVerdict) {
    instructions.append(FilterInstruction(.answer, verdict.rawValue))
  }
}
