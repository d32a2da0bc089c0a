import Sandbox
import TestKit
import Testing

struct SystemCallFilterTests {
  private func verdict(
    _ phase: SystemCallFilter.Phase, _ architecture: Architecture, _ number: UInt32,
    _ arguments: [UInt64] = []
  ) -> FilterVerdict? {
    FilterSimulator(filter: SystemCallFilter(phase, on: architecture))
      .verdict(architecture: AuditArchitecture.of(architecture), number: number, arguments: arguments)
  }

  @Test(arguments: DangerousCall.all)
  func `no code of a caller gets a call that no computation needs`(call: DangerousCall) {
    for (architecture, number) in call.numbers {
      #expect(verdict(.computing, architecture, number) == .refuse, "\(call.name) on \(architecture)")
    }
  }

  @Test(arguments: Architecture.allCases)
  func `a computation gets what it needs`(architecture: Architecture) {
    // read, write, openat, mmap, munmap, futex, exit_group, clock_gettime, getrandom
    let needed: [Architecture: [UInt32]] = [
      .x86_64: [0, 1, 257, 9, 11, 202, 231, 228, 318], .aarch64: [63, 64, 56, 222, 215, 98, 94, 113, 278],
    ]
    for number in needed[architecture] ?? [] {
      for phase in SystemCallFilter.Phase.allCases {
        #expect(verdict(phase, architecture, number) == .allow, "\(number)")
      }
    }
  }

  @Test(arguments: [(Architecture.x86_64, UInt32(59)), (.aarch64, 221)])
  func `programs begin at the start only`(architecture: Architecture, execve: UInt32) {
    #expect(verdict(.starting, architecture, execve) == .allow)
    #expect(verdict(.computing, architecture, execve) == .refuse)
  }

  @Test(arguments: [(Architecture.x86_64, UInt32(56)), (.aarch64, 220)])
  func `clone makes threads, no processes and no namespaces`(architecture: Architecture, clone: UInt32) {
    let thread: UInt64 = 0x3D_0F00
    for phase in SystemCallFilter.Phase.allCases {
      #expect(verdict(phase, architecture, clone, [thread]) == .allow)
      #expect(verdict(phase, architecture, clone, [17]) == .refuse, "fork")
      #expect(verdict(phase, architecture, clone, [0x4111]) == .refuse, "vfork")
      for namespace: UInt64 in [
        0x2_0000, 0x80, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
      ] {
        #expect(verdict(phase, architecture, clone, [thread | namespace]) == .refuse, "\(namespace)")
      }
      #expect(verdict(phase, architecture, 435) == .unknown, "clone3")
    }
  }

  @Test(arguments: [(Architecture.x86_64, UInt32(16)), (.aarch64, 29)])
  func `a terminal can be asked for, not typed into`(architecture: Architecture, ioctl: UInt32) {
    #expect(verdict(.computing, architecture, ioctl, [0, 0x5401]) == .allow, "TCGETS")
    #expect(verdict(.computing, architecture, ioctl, [0, 0x5412]) == .refuse, "TIOCSTI")
    #expect(
      verdict(.computing, architecture, ioctl, [0, 0xFFFF_FFFF_0000_5401]) == .allow,
      "the kernel sees 32 bits")
  }

  @Test(arguments: SystemCallFilter.Phase.allCases)
  func `another processor's table ends the process`(phase: SystemCallFilter.Phase) {
    for architecture in Architecture.allCases {
      let simulator = FilterSimulator(filter: SystemCallFilter(phase, on: architecture))
      for other in [AuditArchitecture.i386, AuditArchitecture.x86_64, AuditArchitecture.aarch64]
      where other != AuditArchitecture.of(architecture) {
        #expect(simulator.verdict(architecture: other, number: 0) == .kill)
      }
    }
    let simulator = FilterSimulator(filter: SystemCallFilter(phase, on: .x86_64))
    #expect(simulator.verdict(architecture: AuditArchitecture.x86_64, number: 0x4000_0000) == .kill, "x32")
  }

  @Test(arguments: Architecture.allCases)
  func `every number has an answer, and those of later kernels seem not to exist`(architecture: Architecture)
  {
    for number: UInt32 in 0...600 {
      let verdict = verdict(.computing, architecture, number)
      #expect(verdict == .allow || verdict == .refuse || verdict == .unknown, "\(number)")
      if number > 450 { #expect(verdict == .unknown) }
    }
    #expect(verdict(.computing, architecture, 0x3FFF_FFFF) == .unknown)
  }

  @Test(arguments: Architecture.allCases)
  func `the program is what the kernel takes`(architecture: Architecture) {
    for phase in SystemCallFilter.Phase.allCases {
      let filter = SystemCallFilter(phase, on: architecture)
      #expect(filter.instructions.count < 4096)
      #expect(filter.bytes.count == filter.instructions.count * 8)
      #expect(
        Array(filter.bytes.prefix(8)) == [0x20, 0, 0, 0, 4, 0, 0, 0], "it looks at the architecture first")
    }
  }
}
