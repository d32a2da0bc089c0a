/// The calls that the sandbox lets through, as data. Whatever is not here fails.
///
/// A list of what is needed, not of what is bad: the kernel gets new calls every year.
enum SystemCallTable {
  /// What a computation needs once its libraries are loaded.
  static let computing: [SystemCall] = [
    // Files and folders, within what is mounted.
    SystemCall("read", 0, 63),
    SystemCall("write", 1, 64),
    SystemCall("readv", 19, 65),
    SystemCall("writev", 20, 66),
    SystemCall("pread64", 17, 67),
    SystemCall("pwrite64", 18, 68),
    SystemCall("preadv", 295, 69),
    SystemCall("pwritev", 296, 70),
    SystemCall("close", 3, 57),
    SystemCall("lseek", 8, 62),
    SystemCall("open", 2, nil),
    SystemCall("openat", 257, 56),
    SystemCall("stat", 4, nil),
    SystemCall("lstat", 6, nil),
    SystemCall("fstat", 5, 80),
    SystemCall("newfstatat", 262, 79),
    SystemCall("statx", 332, 291),
    SystemCall("access", 21, nil),
    SystemCall("faccessat", 269, 48),
    SystemCall("faccessat2", 439, 439),
    SystemCall("readlink", 89, nil),
    SystemCall("readlinkat", 267, 78),
    SystemCall("getcwd", 79, 17),
    SystemCall("chdir", 80, 49),
    SystemCall("fchdir", 81, 50),
    SystemCall("getdents64", 217, 61),
    SystemCall("dup", 32, 23),
    SystemCall("dup2", 33, nil),
    SystemCall("dup3", 292, 24),
    SystemCall("fcntl", 72, 25),
    SystemCall("flock", 73, 32),
    SystemCall("ftruncate", 77, 46),
    SystemCall("fsync", 74, 82),
    SystemCall("fdatasync", 75, 83),
    SystemCall("fallocate", 285, 47),
    SystemCall("fadvise64", 221, 223),
    SystemCall("unlink", 87, nil),
    SystemCall("unlinkat", 263, 35),
    SystemCall("mkdir", 83, nil),
    SystemCall("mkdirat", 258, 34),
    SystemCall("rmdir", 84, nil),
    SystemCall("rename", 82, nil),
    SystemCall("renameat", 264, 38),
    SystemCall("renameat2", 316, 276),
    SystemCall("umask", 95, 166),
    SystemCall("statfs", 137, 43),
    SystemCall("fstatfs", 138, 44),
    SystemCall("pipe", 22, nil),
    SystemCall("pipe2", 293, 59),
    SystemCall("poll", 7, nil),
    SystemCall("ppoll", 271, 73),
    SystemCall("select", 23, nil),
    SystemCall("pselect6", 270, 72),
    // Memory.
    SystemCall("mmap", 9, 222),
    SystemCall("munmap", 11, 215),
    SystemCall("mprotect", 10, 226),
    SystemCall("mremap", 25, 216),
    SystemCall("madvise", 28, 233),
    SystemCall("brk", 12, 214),
    SystemCall("mincore", 27, 232),
    // Signals that the process handles itself; sending one is no computation.
    SystemCall("rt_sigaction", 13, 134),
    SystemCall("rt_sigprocmask", 14, 135),
    SystemCall("rt_sigreturn", 15, 139),
    SystemCall("sigaltstack", 131, 132),
    SystemCall("restart_syscall", 219, 128),
    // Clocks and sleep.
    SystemCall("clock_gettime", 228, 113),
    SystemCall("clock_getres", 229, 114),
    SystemCall("clock_nanosleep", 230, 115),
    SystemCall("nanosleep", 35, 101),
    SystemCall("gettimeofday", 96, 169),
    SystemCall("time", 201, nil),
    SystemCall("times", 100, 153),
    // Threads, of which `clone` below begins none but those.
    SystemCall("futex", 202, 98),
    SystemCall("set_robust_list", 273, 99),
    SystemCall("get_robust_list", 274, 100),
    SystemCall("rseq", 334, 293),
    SystemCall("set_tid_address", 218, 96),
    SystemCall("gettid", 186, 178),
    SystemCall("sched_yield", 24, 124),
    SystemCall("sched_getaffinity", 204, 123),
    SystemCall("membarrier", 324, 283),
    SystemCall("exit", 60, 93),
    SystemCall("exit_group", 231, 94),
    // Who and where the process is, and its own limits.
    SystemCall("getpid", 39, 172),
    SystemCall("getppid", 110, 173),
    SystemCall("getpgid", 121, 155),
    SystemCall("getpgrp", 111, nil),
    SystemCall("getuid", 102, 174),
    SystemCall("geteuid", 107, 175),
    SystemCall("getgid", 104, 176),
    SystemCall("getegid", 108, 177),
    SystemCall("getgroups", 115, 158),
    SystemCall("uname", 63, 160),
    SystemCall("sysinfo", 99, 179),
    SystemCall("getrusage", 98, 165),
    SystemCall("getrlimit", 97, 163),
    SystemCall("prlimit64", 302, 261),
    SystemCall("getrandom", 318, 278),
    SystemCall("getcpu", 309, 168),
  ]

  /// What bubblewrap's first process and the interpreter need besides, until the caller's code arrives: begin the interpreter, wait for it,
  /// set limits and give up calls.
  static let starting: [SystemCall] = [
    SystemCall("execve", 59, 221),
    SystemCall("prctl", 157, 167),
    SystemCall("arch_prctl", 158, nil),
    SystemCall("seccomp", 317, 277),
    SystemCall("setrlimit", 160, 164),
    SystemCall("wait4", 61, 260),
    SystemCall("waitid", 247, 95),
    SystemCall("memfd_create", 319, 279),
  ]

  /// Threads of the same process, in no namespace of their own, and nothing else.
  static let clone = SystemCall("clone", 56, 220)
  /// Its flags lie in memory that a filter cannot read, so that it must seem not to exist: the C library then takes `clone`.
  static let clone3 = SystemCall("clone3", 435, 435)
  static let ioctl = SystemCall("ioctl", 16, 29)

  /// CLONE_THREAD, and the bits of all namespaces.
  static let threadFlag: UInt32 = 0x0001_0000
  static let namespaceFlags: UInt32 = 0x7E02_0080
  /// TCGETS and TIOCGWINSZ (is this a terminal?), FIONCLEX, FIOCLEX and FIONBIO.
  static let harmlessControls: [UInt32] = [0x5401, 0x5413, 0x5450, 0x5451, 0x5421]

  /// The newest call whose meaning is known here. Later ones fail as if the kernel did not have them.
  static let newestKnown: UInt32 = 450
}
