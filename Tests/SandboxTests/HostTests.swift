import Basics
import TestKit
import Testing

@testable import Sandbox

struct HostTests {
  private static let answer = """
    {"executable": "/usr/bin/python3", "real": "/usr/bin/python3.11", "version": "3.11.2", "triplet": "x86_64-linux-gnu",
     "paths": ["/usr/lib/python3.11", "/usr/lib/python3.11/lib-dynload", "/usr/lib/python3/dist-packages"],
     "modules": ["numpy", "pandas"]}
    """

  private static func arguments(_ entries: [BubblewrapArguments.RootEntry] = []) throws -> [String] {
    let python = try #require(HostPython(answer: Array(answer.utf8)))
    let configuration = SandboxConfiguration(
      worker: [], folder: "/srv/hub", modules: [.pandas], limits: SandboxLimits(temporaryFiles: 12_345))
    return BubblewrapArguments(python: python, rootEntries: entries, configuration: configuration)
      .list(folder: "/srv/hub/worker-1")
  }

  @Test func `an interpreter tells where it lives`() throws {
    let python = try #require(HostPython(answer: Array(Self.answer.utf8)))
    #expect(python.version == "3.11.2")
    #expect(python.modules == [.numpy, .pandas])
    #expect(
      python.paths == [
        "/usr/bin/python3", "/usr/bin/python3.11", "/usr/lib/python3.11", "/usr/lib/python3/dist-packages",
        "/usr/lib/x86_64-linux-gnu",
      ])
  }

  @Test(arguments: ["", "Python 3.11", "[]", #"{"executable":"/usr/bin/python3"}"#])
  func `what is no answer is none`(text: String) { #expect(HostPython(answer: Array(text.utf8)) == nil) }

  @Test func `only outermost folders are shown`() {
    let paths = ["/a/b", "/a", "/a/b/c", "/ab", "relative", ""]
    #expect(HostPython.outermost(paths) == ["/a", "/ab"])
  }

  @Test func `every namespace is new, and nothing is kept`() throws {
    let arguments = try Self.arguments()
    for option in [
      "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
      "--unshare-cgroup-try",
      "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "--seccomp",
    ] { #expect(arguments.contains(option), "\(option)") }
    for option in ["--share-net", "--proc", "--dev", "--bind"] {
      #expect(!arguments.contains(option), "\(option)")
    }
  }

  @Test func `what is mounted is read-only, and the root is closed last`() throws {
    let arguments = try Self.arguments([.link("/lib", to: "usr/lib"), .folder("/lib64")])
    let sources = arguments.indices.filter { arguments[$0].hasPrefix("--ro-bind") }.map { arguments[$0 + 1] }
    for whole in ["/", "/etc", "/usr", "/var", "/run", "/proc", "/sys", "/srv", "/srv/hub"] {
      #expect(!sources.contains(whole), "\(whole)")
    }
    #expect(sources.contains("/srv/hub/worker-1"))
    #expect(sources.contains("/lib64"))
    let link = try #require(arguments.firstIndex(of: "--symlink"))
    #expect(Array(arguments[link...(link + 2)]) == ["--symlink", "usr/lib", "/lib"])
    let closing = try #require(arguments.firstIndex(of: "--remount-ro"))
    #expect(arguments[closing + 1] == "/")
    #expect(try #require(arguments.lastIndex { $0.hasPrefix("--ro-bind") }) < closing)
    let size = try #require(arguments.firstIndex(of: "--size"))
    #expect(Array(arguments[(size + 1)...(size + 3)]) == ["12345", "--tmpfs", "/tmp"])
  }

  @Test(
    arguments: [
      ([MissingPart.bubblewrap], "bubblewrap is missing", "apt-get install -y bubblewrap"),
      (
        [.module(.pandas), .module(.scipy)], "pandas and scipy are missing",
        "apt-get install -y python3-pandas python3-scipy"
      ),
      (
        [.bubblewrap, .python(path: "/usr/bin/python3"), .module(.numpy)],
        "bubblewrap, Python (/usr/bin/python3) and numpy are missing",
        "apt-get install -y bubblewrap python3 python3-numpy"
      ), ([.python(path: "/srv/python")], "Python (/srv/python) is missing", "AGENTHUB_PYTHON"),
    ])
  func `a host that lacks something is told what to install`(
    parts: [MissingPart], message: String, hint: String
  ) {
    let error = SandboxError.missing(parts)
    #expect(error.message.contains(message), "\(error.message)")
    #expect(error.hint?.contains(hint) == true, "\(error.hint ?? "")")
  }

  @Test func `a host without bubblewrap and interpreter is told both`() async throws {
    let scratch = ScratchFolder()
    let sandbox = try PythonSandbox(
      configuration: SandboxConfiguration(
        worker: [], folder: "\(scratch.path)/python", python: "\(scratch.path)/none", bubblewrap: [],
        modules: []),
      log: .silent)
    defer { sandbox.stop() }
    let error = await #expect(throws: SandboxError.self) { try await sandbox.run(PythonCall(code: "1")) }
    #expect(error?.kind == .unavailable)
    #expect(
      error?.message
        == "Python code cannot be run here: bubblewrap and Python (\(scratch.path)/none) are missing.")
  }
}
