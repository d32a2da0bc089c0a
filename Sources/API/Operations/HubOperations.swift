import Basics

extension Operation {
  static let openSocket = Operation(
    "openSocket", .hub,
    "With `Upgrade: websocket`; the subprotocol `agenthub.v1`, or none, or Agent Nexus' own form. `/asyncapi.json` tells what is said there.",
    gives: Success(101, "The socket is open."), fails: ["subprotocol_not_supported"]
  ).needingUpgrade
  static let openEcho = Operation(
    "openEcho", .hub, gives: Success(101, "The socket is open.")
  ).needingUpgrade
  static let getReadiness = Operation(
    "getReadiness", .hub, gives: .ok(["status": .constant("ready"), "offset": .count]), fails: ["draining"])
  static let getClientModule = Operation(
    "getClientModule", .hub, "", [.ifNoneMatch], gives: file("text/javascript"), .unchanged)
  static let getAsset = Operation(
    "getAsset", .hub, "", [.ifNoneMatch],
    gives: Success(
      200, "The file.", .text("text/javascript", "A module.", example: "export {}"),
      .text("text/css", "A style.", example: "body {}"),
      .text("image/svg+xml", "A picture.", example: "<svg/>")),
    .unchanged, fails: ["file_not_found"])

  private static func file(_ type: String) -> Success {
    Success(200, "The file.", .text(type, "The file.", example: "…"))
  }

  /// The pages and documents of a profile, under a path of its own or none.
  static func root(_ suffix: String) -> Operation {
    Operation(
      "getRoot\(suffix)", .hub, "", [.ifNoneMatch],
      gives: Success(
        200, "The page, or what the profile says.",
        .text("text/html", "The page.", example: "<!doctype html>"), .json(.anyObject)),
      .unchanged, fails: ["subprotocol_not_supported"])
  }
  static func health(_ suffix: String) -> Operation {
    Operation(
      "getHealth\(suffix)", .hub, gives: .ok((["status": .text.example("ok")] as Schema).open))
  }
  static func page(_ id: String) -> Operation {
    Operation(id, .hub, "", [.ifNoneMatch], gives: file("text/html"), .unchanged)
  }
  static func document(_ id: String) -> Operation {
    Operation(id, .hub, "", [.ifNoneMatch], gives: Success.ok(.anyObject).tagged, .unchanged)
  }
}
