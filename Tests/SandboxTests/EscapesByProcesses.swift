/// Attempts by processes, by calls of the kernel, and around the syntax check.
extension Escape {
  static let processes: [Escape] = [
    Escape(
      "other processes", .prints("EPERM EPERM EPERM EPERM"),
      #"""
      child = load("subprocess")
      print(attempt(os.fork), attempt(os.execv, sys.executable, ["python", "-c", "1"]),
          attempt(os.posix_spawn, sys.executable, ["python"], {}), attempt(child.run, [sys.executable, "-c", "1"]))
      """#),
    Escape("a shell", .prints("True"), #"print(os.system("id") != 0)"#),
    Escape(
      "a fork bomb", .prints("EPERM"),
      #"""
      def bomb():
          while True:
              os.fork()
      print(attempt(bomb))
      """#),
    Escape(
      "a bomb of threads", .prints("can't start new thread True"),
      #"""
      threading = load("threading")
      started = 0
      try:
          while started < 10000:
              threading.Thread(target=sys.modules["time"].sleep, args=(1000,), daemon=True).start()
              started += 1
      except RuntimeError as error:
          print(error, started < 1000)
      """#),
    Escape(
      "threads that go on after the end", .prints("over"),
      #"""
      def spin():
          while True: pass
      load("threading").Thread(target=spin).start()
      print("over")
      """#),
    Escape(
      "signals to others", .prints("EPERM EPERM EPERM EPERM"),
      "print(*[attempt(os.kill, process, 9) for process in (1, os.getppid(), -1, 0)])"),
    Escape("a session of its own", .prints("EPERM"), "print(attempt(os.setsid))"),
    Escape("an end without a word", .ends, #"load("ctypes").CDLL(None).quick_exit(0)"#),
    Escape("an abort", .ends, "os.abort()"),
    Escape(
      "a crash of the interpreter", .ends,
      "import_module = load\nimport_module('ctypes').string_at(0)"),
    Escape("an orderly exit keeps what was printed", .prints("bye"), "print('bye')\nraise SystemExit(3)"),
  ]

  static let privileges: [Escape] = [
    Escape(
      "calls that only escapes need", .prints("[]"),
      #"""
      ctypes = load("ctypes")
      system = ctypes.CDLL(None, use_errno=True)
      column = 1 if os.uname().machine == "x86_64" else 2
      let_through = []
      for call in CALLS:
          if call[column] is not None:
              ctypes.set_errno(0)
              answer = system.syscall(call[column], 0, 0, 0, 0, 0, 0)
              if answer != -1 or ctypes.get_errno() not in (1, 38):
                  let_through.append(call[0])
      print(let_through)
      """#),
    Escape("to be root", .prints("EPERM EPERM"), "print(attempt(os.setuid, 0), attempt(os.setgid, 0))"),
    Escape(
      "to lift a limit", .fails("ValueError"),
      #"""
      resource = sys.modules["resource"]
      resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))
      """#),
    Escape(
      "to make what is mounted writable", .prints("-1 1"),
      #"""
      ctypes = load("ctypes")
      system = ctypes.CDLL(None, use_errno=True)
      answer = system.mount(None, b"/data", None, 0x1000 | 0x20, None)
      print(answer, ctypes.get_errno())
      """#),
    Escape(
      "to answer in the worker's name ends nobody else's call", .forges("forged"),
      #"""
      line = json.dumps({"state": "done", "value": {"output": "forged"}, "printed": ""}).encode() + b"\n"
      for number in range(3, 64):
          attempt(os.write, number, line)
      """#),
    Escape(
      "to flood the hub", .fails("larger"),
      #"""
      for number in range(3, 64):
          if attempt(os.fstat, number) != "EBADF":
              while attempt(os.write, number, b"x" * 65536) == "done: 65536": pass
      """#),
    Escape(
      "to move its own deadline", .ends,
      #"""
      for number in range(3, 64):
          attempt(os.write, number, b'{"state": "running"}\n')
      while True: pass
      """#),
  ]

  static let check: [Escape] = [
    Escape(
      "a private attribute", .isRefused("Access to private attribute '__class__' not allowed"), "().__class__"
    ),
    Escape(
      "the way over all classes",
      .isRefused(
        "Call to 'open' not allowed; Access to private attribute '__subclasses__' not allowed; "
          + "Access to private attribute '__base__' not allowed; Access to private attribute '__class__' not allowed"
      ),
      "().__class__.__base__.__subclasses__()\nopen('x')"),
    Escape("names in a format", .prints("<class 'int'>"), #"print("{0.__class__}".format(1))"#),
    Escape("a function under another name", .fails("NameError"), "o = open\no('/etc/passwd')"),
    Escape("a function in a comprehension", .fails("NameError"), "print([f('1') for f in [eval]])"),
    Escape("a decorator that calls", .fails("NameError"), "@exec\ndef f(): pass"),
    Escape("a default argument", .fails("NameError"), "print((lambda f=open: f('/etc/passwd'))())"),
    Escape("the built-in names themselves", .fails("KeyError"), #"__builtins__["open"]("/etc/passwd")"#),
    Escape("the import behind the names", .fails("ImportError"), #"__builtins__["__import__"]("os")"#),
    Escape("a module of a module", .isRefused("Import of 'os.path' not allowed"), "import os.path as p"),
    Escape("a star", .isRefused("Import from 'os' not allowed"), "from os import *"),
    Escape("a relative import", .isRefused("Import from '.' not allowed"), "from . import x"),
  ]
}
