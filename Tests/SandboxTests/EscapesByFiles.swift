/// Attempts against what is kept, and against the memory and time of the host.
extension Escape {
  static let files: [Escape] = [
    Escape("the password file", .prints("ENOENT"), #"print(attempt(builtins.open, "/etc/shadow"))"#),
    Escape("the list of users", .prints("ENOENT"), #"print(attempt(builtins.open, "/etc/passwd"))"#),
    Escape("the host's processes", .prints("ENOENT"), #"print(attempt(os.listdir, "/proc"))"#),
    Escape("the host's devices", .prints("ENOENT"), #"print(attempt(os.listdir, "/sys"))"#),
    Escape(
      "the root shows what was mounted, and no more", .prints("[]"),
      #"print(sorted(set(os.listdir("/")) - {"data", "dev", "etc", "lib", "lib64", "sandbox", "tmp", "usr"}))"#
    ),
    Escape(
      "homes, logs and sockets are not there", .prints("[]"),
      #"print([p for p in ("/home", "/root", "/var", "/run", "/srv", "/opt", "/mnt") if os.path.exists(p)])"#),
    Escape(
      "there is no shell and no other program", .prints("[]"),
      #"print([p for p in ("/bin/sh", "/usr/bin/sh", "/usr/bin/env", "/usr/bin/perl", "/sbin") if os.path.exists(p)])"#
    ),
    Escape(
      "nothing outside the temporary folder can be written",
      .prints("EROFS EROFS EROFS EROFS EROFS"),
      #"""
      print(*[attempt(builtins.open, path, "w") for path in
          ("/x", "/data/x", "/sandbox/worker.py", "/usr/lib/x", "/dev/x")])
      """#),
    Escape(
      "what is mounted can be neither renamed nor removed", .prints("EROFS EROFS"),
      #"print(attempt(os.rename, "/sandbox/worker.py", "/sandbox/x"), attempt(os.unlink, "/sandbox/worker.py"))"#
    ),
    Escape(
      "up and out of the temporary folder is still inside", .prints("ENOENT"),
      #"print(attempt(builtins.open, "../../../../../etc/shadow"))"#),
    Escape(
      "devices cannot be made", .prints("EPERM"), #"print(attempt(os.mknod, "/tmp/disk", 0o60666, 0x801))"#),
    Escape(
      "no descriptor but those of its own", .prints("[0, 1, 2, 3, 4]"),
      #"print([number for number in range(64) if attempt(os.fstat, number) != 'EBADF'])"#),
  ]

  static let filling: [Escape] = [
    Escape(
      "a full disk is a full temporary folder", .prints("ENOSPC True"),
      #"""
      written = 0
      def fill():
          global written
          for number in range(1000):
              with builtins.open(f"/tmp/{number}", "wb") as file:
                  for part in range(16):
                      written += file.write(b"x" * 1048576)
                      file.flush()
      how = attempt(fill)
      print(how, written <= 64 * 1048576)
      """#),
    Escape(
      "one file cannot be larger than the folder", .prints("EFBIG"),
      #"""
      def grow():
          with builtins.open("/tmp/big", "wb") as file:
              file.truncate(1 << 40)
      print(attempt(grow))
      """#),
    Escape("memory beyond the limit", .fails("MemoryError"), "x = bytearray(4 << 30)"),
    Escape(
      "memory bit by bit", .fails("MemoryError"), "x = []\nwhile True:\n    x.append(bytearray(1 << 20))"),
    Escape("a file in memory", .prints("EPERM"), #"print(attempt(os.memfd_create, "x"))"#),
    Escape(
      "descriptors without end", .prints("EMFILE True"),
      #"""
      held = []
      def hold():
          while True:
              held.append(os.open("/dev/null", 0))
      print(attempt(hold), len(held) < 64)
      """#),
    Escape("an endless loop", .timesOut, "while True:\n    pass"),
    Escape("an endless sleep", .timesOut, #"sys.modules["time"].sleep(100000)"#),
    Escape("endless output", .timesOut, "while True:\n    print('x' * 1000)"),
    Escape(
      "a loop that catches everything", .timesOut,
      "while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    Escape(
      "deaf to signals", .timesOut,
      #"""
      signal = load("signal")
      for number in range(1, 32):
          if number not in (9, 19):
              signal.signal(number, signal.SIG_IGN)
      while True: pass
      """#),
    Escape("a deep recursion", .fails("RecursionError"), "def f(): f()\nf()"),
  ]

  static let network: [Escape] = [
    Escape(
      "sockets of every family", .prints("{'EPERM'}"),
      #"""
      socket = load("socket")
      print({attempt(socket.socket, family, kind) for family in range(1, 45) for kind in (1, 2, 3)})
      """#),
    Escape("pairs of sockets", .prints("EPERM"), #"print(attempt(load("socket").socketpair))"#),
    Escape("names of hosts", .fails("gaierror"), #"load("socket").getaddrinfo("example.com", 80)"#),
    Escape(
      "the metadata service of a cloud", .fails("URLError"),
      #"load("urllib.request").urlopen("http://169.254.169.254/latest/meta-data/", timeout=3)"#),
  ]

  static let environment: [Escape] = [
    Escape(
      "the environment has what the interpreter needs", .prints("[]"),
      #"""
      known = {"LANG", "HOME", "PWD", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "LC_CTYPE"}
      print(sorted(set(os.environ) - known))
      """#),
    Escape("the host's name", .prints("sandbox"), #"print(os.uname().nodename)"#),
    Escape(
      "who it is: nobody, without groups of the host", .prints("65534 65534"),
      "print(os.getuid(), os.getgid())"),
  ]
}
