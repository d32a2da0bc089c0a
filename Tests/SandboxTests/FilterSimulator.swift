import Sandbox
import Testing

/// Runs a filter as the kernel would, on one call.
struct FilterSimulator {
  let filter: SystemCallFilter

  /// What the filter says to a call; nil when it leaves its program or loads what is not there.
  func verdict(architecture: UInt32, number: UInt32, arguments: [UInt64] = []) -> FilterVerdict? {
    let facts =
      [number, architecture, 0, 0]
      + (0..<6).flatMap { index -> [UInt32] in
        let argument = index < arguments.count ? arguments[index] : 0
        return [UInt32(truncatingIfNeeded: argument), UInt32(truncatingIfNeeded: argument >> 32)]
      }
    var accumulator: UInt32 = 0
    var position = 0
    while filter.instructions.indices.contains(position) {
      let instruction = filter.instructions[position]
      position += 1
      let isTrue: Bool
      switch instruction.operation {
      case .load:
        guard instruction.operand % 4 == 0, facts.indices.contains(Int(instruction.operand / 4)) else {
          return nil
        }
        accumulator = facts[Int(instruction.operand / 4)]
        continue
      case .and:
        accumulator &= instruction.operand
        continue
      case .answer: return FilterVerdict(rawValue: instruction.operand)
      case .jumpIfEqual: isTrue = accumulator == instruction.operand
      case .jumpIfGreater: isTrue = accumulator > instruction.operand
      case .jumpIfAtLeast: isTrue = accumulator >= instruction.operand
      }
      position += Int(isTrue ? instruction.whenTrue : instruction.whenFalse)
    }
    return nil
  }
}

/// What the kernel calls the two processors.
enum AuditArchitecture {
  static let x86_64: UInt32 = 0xC000_003E
  static let aarch64: UInt32 = 0xC000_00B7
  static let i386: UInt32 = 0x4000_0003

  static func of(_ architecture: Architecture) -> UInt32 {
    architecture == .x86_64 ? x86_64 : aarch64
  }
}

/// Calls that no computation needs, with their numbers on x86_64 and aarch64.
struct DangerousCall: CustomTestStringConvertible, Sendable {
  let name: String
  let numbers: [Architecture: UInt32]

  var testDescription: String { name }

  init(_ name: String, _ x86_64: UInt32?, _ aarch64: UInt32?) {
    self.name = name
    numbers = [.x86_64: x86_64, .aarch64: aarch64].compactMapValues { $0 }
  }

  static let all: [DangerousCall] = [
    DangerousCall("ptrace", 101, 117), DangerousCall("process_vm_readv", 310, 270),
    DangerousCall("process_vm_writev", 311, 271), DangerousCall("kill", 62, 129),
    DangerousCall("tkill", 200, 130), DangerousCall("tgkill", 234, 131),
    DangerousCall("pidfd_open", 434, 434), DangerousCall("pidfd_getfd", 438, 438),
    DangerousCall("pidfd_send_signal", 424, 424), DangerousCall("fork", 57, nil),
    DangerousCall("vfork", 58, nil), DangerousCall("execve", 59, 221), DangerousCall("execveat", 322, 281),
    DangerousCall("socket", 41, 198), DangerousCall("socketpair", 53, 199), DangerousCall("connect", 42, 203),
    DangerousCall("bind", 49, 200), DangerousCall("sendto", 44, 206), DangerousCall("sendmsg", 46, 211),
    DangerousCall("mount", 165, 40), DangerousCall("umount2", 166, 39), DangerousCall("pivot_root", 155, 41),
    DangerousCall("chroot", 161, 51), DangerousCall("fsopen", 430, 430), DangerousCall("open_tree", 428, 428),
    DangerousCall("move_mount", 429, 429), DangerousCall("mount_setattr", 442, 442),
    DangerousCall("unshare", 272, 97), DangerousCall("setns", 308, 268), DangerousCall("keyctl", 250, 219),
    DangerousCall("add_key", 248, 217), DangerousCall("request_key", 249, 218),
    DangerousCall("bpf", 321, 280),
    DangerousCall("userfaultfd", 323, 282), DangerousCall("perf_event_open", 298, 241),
    DangerousCall("io_uring_setup", 425, 425), DangerousCall("io_uring_enter", 426, 426),
    DangerousCall("io_uring_register", 427, 427), DangerousCall("memfd_create", 319, 279),
    DangerousCall("shmget", 29, 194), DangerousCall("mq_open", 240, 180),
    DangerousCall("open_by_handle_at", 304, 265), DangerousCall("name_to_handle_at", 303, 264),
    DangerousCall("setuid", 105, 146), DangerousCall("setgid", 106, 144), DangerousCall("prctl", 157, 167),
    DangerousCall("personality", 135, 92), DangerousCall("init_module", 175, 105),
    DangerousCall("finit_module", 313, 273), DangerousCall("kexec_load", 246, 104),
    DangerousCall("reboot", 169, 142), DangerousCall("swapon", 167, 224), DangerousCall("quotactl", 179, 60),
    DangerousCall("acct", 163, 89), DangerousCall("syslog", 103, 116),
  ]
}
