// swift-tools-version: 6.2
import PackageDescription

// AgentHub's rooms, low to high. A room may use only rooms below it, and only those its line names;
// Tests/ArchitectureTests hold every import against this list. The reasons are in Sources/README.md.

/// Swift 6 mode everywhere; upcoming features that change meaning are on from the first day.
let houseRules: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .treatAllWarnings(as: .error),
  // The run-time check for overlapping access to a class's fields was half of the instructions of a send (Scripts/callgrind). Debug builds
  // keep it, and all tests run with it.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A room that touches the world: sockets, SQLite, curl.
func room(_ name: String, uses: [String], rules: [SwiftSetting] = []) -> Target {
  .target(
    name: name, dependencies: uses.map { .byName(name: $0) }, swiftSettings: houseRules + rules,
    // Rounding of doubles is libm's, and a pure room does not import Glibc, which would link it.
    linkerSettings: [.linkedLibrary("m")])
}

/// A pure room: values in, values out. Every unsafe expression must be spelled out.
func pure(_ name: String, uses: [String]) -> Target {
  room(name, uses: uses, rules: [.strictMemorySafety()])
}

/// The tests of one room.
func tests(_ name: String, uses: [String]) -> Target {
  .testTarget(
    name: name, dependencies: (uses + ["TestKit"]).map { .byName(name: $0) },
    exclude: name == "StorageTests" ? ["schema.sql"] : [],  // the golden schema is read by its test
    swiftSettings: houseRules)
}

/// A system library, found by pkg-config, with the Debian package that brings it.
func system(_ name: String, pkgConfig: String, apt package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// An entry point of libFuzzer, which brings its own main function: part of the package only when asked for.
func fuzzer(_ name: String, uses: [String]) -> [Target] {
  guard Context.environment["AGENTHUB_FUZZ"] != nil else { return [] }
  return [
    .executableTarget(
      name: name, dependencies: uses.map { .byName(name: $0) }, path: "Tests/\(name)",
      swiftSettings: houseRules)
  ]
}

/// A program that measures what a promise is about, run by its script: part of the package only when asked for.
func benchmark(_ name: String, uses: [String]) -> [Target] {
  guard Context.environment["AGENTHUB_BENCHMARKS"] != nil else { return [] }
  return [
    .executableTarget(
      name: name, dependencies: uses.map { .byName(name: $0) }, path: "Tests/\(name)",
      swiftSettings: houseRules, linkerSettings: [.linkedLibrary("m")])
  ]
}

/// What benchmarks share; built with them only.
func benchmarkKit(_ name: String) -> [Target] {
  guard Context.environment["AGENTHUB_BENCHMARKS"] != nil else { return [] }
  return [.target(name: name, path: "Tests/\(name)", swiftSettings: houseRules)]
}

let package = Package(
  name: "AgentHub",
  products: [.executable(name: "agenthub", targets: ["AgentHub"])],
  targets: [
    // C  what Swift cannot reach by itself
    system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    .systemLibrary(name: "CMath"),
    .target(name: "CLinux"),
    .target(name: "CAssets"),

    // 0  pure: bytes, identifiers, JSON, log values
    pure("Basics", uses: []),

    // 1  pure: nouns and events · HTTP, WebSocket and event streams as values
    pure("Model", uses: ["Basics"]),
    pure("Wire", uses: ["Basics"]),

    // 1  numbers about numbers · 2  tables: CSV, types of columns, profiles
    pure("Statistics", uses: ["CMath"]),
    pure("Tables", uses: ["Basics", "Statistics"]),

    // 1  deflate, which zlib does
    room("Compression", uses: ["Basics", "CZlib"]),

    // 2  what a tool is, and the rule of calling tools; pure, too
    pure("Tools", uses: ["Basics", "Model"]),

    // 2  the only rooms that touch the world: SQLite · curl · epoll and TLS · child processes
    room("Database", uses: ["Basics", "CSQLite", "CLinux"]),
    room("Fetch", uses: ["Basics", "CCurl", "CLinux"]),
    room("EventEngine", uses: ["Basics", "CLinux", "COpenSSL"]),
    room("Sandbox", uses: ["Basics", "CLinux"]),

    // 3  Python as a tool, and statistics where there is no Python
    room("PythonTools", uses: ["Basics", "Model", "Tools", "Tables", "Sandbox"]),

    // 3  nouns in SQL · LLM dialects as codecs · requests and sockets
    room("Storage", uses: ["Basics", "Model", "Database", "CAssets", "CLinux"]),
    room("Providers", uses: ["Basics", "Model", "Wire", "Fetch"]),
    room("WebServer", uses: ["Basics", "Wire", "Compression", "EventEngine"]),

    // 3  tools that are requests to servers
    room("HTTPTools", uses: ["Basics", "Model", "Fetch", "Tools"]),

    // 4  uploaded tables, and questions to them
    room(
      "Datasets",
      uses: [
        "Basics", "Model", "Tools", "Database", "Storage", "Statistics", "Tables", "Sandbox", "PythonTools",
      ]),

    // 4  runs · documents that agents look things up in
    room("Pipelines", uses: ["Basics", "Model", "Storage", "Providers", "Tools"]),
    room("Knowledge", uses: ["Basics", "Model", "Tools", "Storage", "Providers"]),

    // 5  sample companies of field service, asked through the doors of Datasets
    room("FieldService", uses: ["Basics", "Model", "Tools", "Tables", "Storage", "Datasets"]),

    // 5  the hub: cursors, commands; has never heard of HTTP
    room("Realtime", uses: ["Basics", "Model", "Wire", "EventEngine", "Storage", "Pipelines", "CLinux"]),

    // 6  routes, dialects, the page
    room(
      "API",
      uses: [
        "Basics", "Model", "Wire", "EventEngine", "Storage", "Providers", "WebServer", "Pipelines",
        "Realtime", "Tools", "HTTPTools", "Compression",
        "CAssets", "Knowledge", "Datasets", "Sandbox", "PythonTools",
      ]),

    // 7  settings, composition, life cycle, command line
    .executableTarget(
      name: "AgentHub",
      dependencies: [
        "Basics", "Model", "Wire", "EventEngine", "Database", "Storage", "Fetch", "Providers", "WebServer",
        "Pipelines", "Tools", "HTTPTools",
        "Realtime", "API", "Knowledge", "Datasets", "FieldService", "Sandbox", "PythonTools", "CLinux",
      ],
      swiftSettings: houseRules),

    // Tests, one target a room, and the kit they share
    .target(
      name: "TestKit",
      dependencies: ["Basics", "Model", "Wire", "Compression", "CLinux"],
      path: "Tests/TestKit", swiftSettings: houseRules),
    tests("BasicsTests", uses: ["Basics"]),
    tests("ModelTests", uses: ["Model", "Basics"]),
    tests("WireTests", uses: ["Wire", "Basics"]),
    tests("DatabaseTests", uses: ["Basics", "Database"]),
    tests("FetchTests", uses: ["Fetch", "Basics"]),
    tests("EventEngineTests", uses: ["EventEngine", "Basics", "CLinux", "COpenSSL"]),
    tests("StorageTests", uses: ["Basics", "Model", "Database", "Storage"]),
    tests("ProvidersTests", uses: ["Providers", "Fetch", "Model", "Wire", "Basics"]),
    tests("WebServerTests", uses: ["WebServer", "EventEngine", "Wire", "Basics", "Compression"]),
    tests(
      "PipelinesTests",
      uses: ["Pipelines", "Basics", "Model", "Wire", "Database", "Storage", "Fetch", "Providers", "Tools"]),
    tests(
      "RealtimeTests",
      uses: [
        "Realtime", "Basics", "Model", "Wire", "EventEngine", "Storage", "Fetch", "Providers", "Pipelines",
      ]),
    tests(
      "APITests",
      uses: [
        "API", "Basics", "Model", "Wire", "EventEngine", "Storage", "Fetch", "Providers", "WebServer",
        "Pipelines", "Realtime", "Tools", "HTTPTools", "Knowledge", "Datasets", "Sandbox", "PythonTools",
        "Compression",
      ]),
    tests(
      "AgentHubTests",
      uses: [
        "AgentHub", "Basics", "Wire", "EventEngine", "Storage", "Providers", "WebServer", "Realtime", "API",
        "Knowledge", "Model", "Database",
      ]),
    tests("EndToEndTests", uses: ["AgentHub", "Basics", "Wire", "Compression", "Database"]),
    tests("ArchitectureTests", uses: []),
    tests("CompressionTests", uses: ["Basics", "Compression"]),
    tests("ToolsTests", uses: ["Basics", "Model", "Tools"]),
    tests("HTTPToolsTests", uses: ["Basics", "Model", "Fetch", "Tools", "HTTPTools"]),
    tests("StatisticsTests", uses: ["Statistics", "Basics"]),
    tests("TablesTests", uses: ["Tables", "Statistics", "Basics"]),
    tests(
      "DatasetsTests",
      uses: [
        "Datasets", "Basics", "Model", "Tools", "Database", "Storage", "Tables", "Sandbox", "PythonTools",
      ]),
    tests("KnowledgeTests", uses: ["Basics", "Model", "Tools", "Storage", "Providers", "Knowledge"]),
    tests("SandboxTests", uses: ["Sandbox", "Basics", "CLinux"]),
    tests(
      "FieldServiceTests",
      uses: [
        "FieldService", "Basics", "Model", "Tools", "Database", "Storage", "Datasets", "Pipelines",
        "Providers",
        "Fetch", "Knowledge",
      ]),
    tests("PythonToolsTests", uses: ["PythonTools", "Sandbox", "Tools", "Tables", "Model", "Basics"]),
  ]
    + fuzzer("FuzzWire", uses: ["Basics", "Wire"])
    + fuzzer("FuzzDeflate", uses: ["Basics", "Wire", "Compression"])
    + benchmarkKit("BenchmarkWords")
    + benchmark("DatasetsBenchmark", uses: ["Basics", "Model", "Storage", "Datasets"])
    + benchmark("HistoryBenchmark", uses: ["Basics", "BenchmarkWords", "Model", "Storage"])
    + benchmark("SearchBenchmark", uses: ["Basics", "BenchmarkWords", "Model", "Storage", "Knowledge"]),
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
