import Basics

/// The one list of profiles. To add one is a row here.
package enum ProfileTable {
  package static let rows: [ListenerProfile] = [hub, insightX, customer, nexus, fieldService]

  /// The profile of a name.
  package static func profile(named name: String) -> ListenerProfile? { rows.first { $0.name == name } }

  /// What listeners show that nothing is said about.
  package static let hub = ListenerProfile(
    name: "hub", summary: "the hub itself", title: "AgentHub", root: .page, health: hubHealth,
    errors: .hub)

  private static let insightX = ListenerProfile(
    name: "insightx", summary: "InsightX, data analysis", title: "InsightX Backend",
    root: .json(["status": "ok", "service": "InsightX Backend", "version": .string(version)]),
    health: { _ in ["status": "healthy", "database": "connected", "storage": "connected"] },
    errors: .both, tags: [.insightX, .dataSets])

  private static let customer = ListenerProfile(
    name: "customer", summary: "the customer service", title: "Advanced Customer Service AI",
    root: .json([
      "message": "Welcome to Advanced Customer Service AI", "docs": "/docs", "health": "/health",
      "version": .string(version),
    ]),
    health: { facts in
      [
        "status": "healthy", "service": "customer-service-ai", "version": .string(version),
        "environment": .string(facts.environment),
      ]
    },
    errors: .detail, allowsCredentials: true, tags: [.customer])

  private static let nexus = ListenerProfile(
    name: "nexus", summary: "Agent Nexus", title: "Agent Nexus", root: .page, health: hubHealth, errors: .hub)

  private static let fieldService = ListenerProfile(
    name: "fsia", summary: "the field service's internal API", title: "Field Service Intelligence Agent API",
    root: .json([
      "service": "Field Service Intelligence Agent API", "version": .string(version), "status": "running",
      "docs": "/docs", "endpoints": ["health": "/health", "chat_stream": "/internal/chat/stream"],
    ]),
    health: { _ in fieldServiceHealth }, errors: .detail, tags: [.fieldService])

  /// The version that the replaced systems' clients know.
  private static let version = "1.0.0"

  private static let fieldServiceHealth: JSON = [
    "status": "healthy", "service": "fsia-api", "version": .string(version),
  ]

  /// Three of the systems have port 8000, and only one of them fixes every member of the body; more members harm nobody.
  @Sendable private static func hubHealth(_ facts: ListenerProfile.Facts) -> JSON {
    guard facts.port == sharedPort else {
      return ["status": "ok", "version": .string(facts.version), "epoch": .string(facts.epoch)]
    }
    var members = fieldServiceHealth.object ?? [:]
    for name in ["database", "storage"] { members[name] = "connected" }
    members["environment"] = .string(facts.environment)
    members["epoch"] = .string(facts.epoch)
    return .object(members)
  }

  private static let sharedPort: UInt16 = 8000
}
