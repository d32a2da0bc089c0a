import Basics
import Model
import Realtime

/// What is said on the sockets as an AsyncAPI 3.0 document, made of the commands, the events and the hub's other messages.
enum AsyncAPIDocument {
  static func json(version: String) -> JSON {
    [
      "asyncapi": "3.0.0",
      "info": [
        "title": "AgentHub's sockets", "version": .string(version), "description": .string(preface),
      ],
      "defaultContentType": "application/json",
      "servers": ["hub": ["host": "127.0.0.1:3001", "protocol": "ws", "pathname": "/ws"]],
      "channels": [
        "socket": [
          "address": "/ws", "title": "agenthub.v1",
          "messages": .object(references(to: "components/messages")),
          "bindings": ["ws": ["method": "GET", "headers": subprotocol, "bindingVersion": "0.1.0"]],
        ]
      ],
      "operations": .object(JSONObject(commands.map(operation) + [pushing])),
      "components": [
        "messages": .object(JSONObject(messages.map { .init(name: $0.name, value: $0.json) })),
        "schemas": Schema.json(
          of: messages.reduce(into: [:]) { all, message in
            all.merge(message.schema.definitions) { known, _ in known }
          }),
      ],
      "x-close-codes": .array(CloseReason.allCases.map(closeCode)),
    ]
  }

  private static let preface =
    "Open `/ws` with the subprotocol `agenthub.v1`. Each message is one JSON object as text; with the capability `batches`, several, a line each. "
    + "A client that sends nothing gets every event from the moment it came. An `offset` counts in the hub's log, a `seq` in its conversation; both only "
    + "mean something together with the `epoch`. Close codes from 4000 to 4199 mean: come back and resume; 4500 and above: stay away."

  // MARK: Messages

  private struct Message {
    let name: String
    let summary: String
    let schema: Schema

    var json: JSON {
      [
        "name": .string(name), "summary": .string(summary), "payload": .object(schema.json),
        "examples": [["payload": schema.example]],
      ]
    }
  }

  private static let commands = CommandTable.descriptions

  private static func commandName(_ name: String) -> String { "command.\(name)" }
  private static func replyName(_ name: String) -> String { "reply.\(name)" }

  private static var messages: [Message] {
    commands.map { Message(name: commandName($0.name), summary: $0.summary, schema: $0.takes) }
      + commands.filter { $0.name != "pong" }.map { command in
        Message(
          name: replyName(command.name), summary: "The reply to `\(command.name)`.",
          schema: ["reply": .either(.integer, .text, .null), "ok": command.gives])
      }
      + ServerMessage.allCases.filter { $0 != .reply }.map {
        Message(name: $0.rawValue, summary: $0.summary, schema: ServerMessage.schema(of: $0))
      }
      + EventType.allCases.map {
        Message(name: $0.rawValue, summary: "An event of the log.", schema: Event.schema(of: $0))
      }
  }

  private static func references(to place: String) -> JSONObject {
    JSONObject(messages.map { .init(name: $0.name, value: ["$ref": .string("#/\(place)/\($0.name)")]) })
  }

  private static func inChannel(_ name: String) -> JSON {
    ["$ref": .string("#/channels/socket/messages/\(name)")]
  }

  // MARK: Operations

  private static func operation(
    _ command: (name: String, summary: String, takes: Schema, gives: Schema)
  ) -> JSONObject.Member {
    var object: JSONObject = [
      "action": "receive", "channel": ["$ref": "#/channels/socket"], "summary": .string(command.summary),
      "messages": [inChannel(commandName(command.name))],
    ]
    if command.name != "pong" {
      object["reply"] = [
        "channel": ["$ref": "#/channels/socket"],
        "messages": [inChannel(replyName(command.name)), inChannel(ServerMessage.refusal.rawValue)],
      ]
    }
    return .init(name: command.name, value: .object(object))
  }

  /// What the hub says by itself.
  private static var pushing: JSONObject.Member {
    let own = ServerMessage.allCases.filter { $0 != .reply && $0 != .refusal }.map(\.rawValue)
    return .init(
      name: "push",
      value: [
        "action": "send", "channel": ["$ref": "#/channels/socket"],
        "summary": "events, and what the hub says beside them",
        "messages": .array((EventType.allCases.map(\.rawValue) + own).map(inChannel)),
      ])
  }

  private static let subprotocol: JSON = [
    "type": "object", "properties": ["Sec-WebSocket-Protocol": ["const": "agenthub.v1"]],
  ]

  private static func closeCode(_ reason: CloseReason) -> JSON {
    [
      "code": .integer(Int64(reason.code)), "reason": .string(reason.text), "resume": .bool(reason.canResume),
      "retryAfterMs": reason.retryAfterMilliseconds.map { .integer(Int64($0)) } ?? .null,
    ]
  }
}
