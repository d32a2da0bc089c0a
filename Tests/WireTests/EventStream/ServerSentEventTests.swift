import Testing
import Wire

struct ServerSentEventTests {
  static let encodings: [(ServerSentEvent, String)] = [
    (ServerSentEvent(data: Array("hello".utf8)), "data: hello\n\n"),
    (ServerSentEvent(data: Array("a\nb".utf8)), "data: a\ndata: b\n\n"),
    (ServerSentEvent(data: Array("a\r\nb\rc\n".utf8)), "data: a\ndata: b\ndata: c\ndata: \n\n"),
    (
      ServerSentEvent(id: "k3f:41", event: "delta", retry: 500, data: Array("{}".utf8)),
      "event: delta\nid: k3f:41\nretry: 500\ndata: {}\n\n"
    ),
    (ServerSentEvent(id: "k3f:42"), "id: k3f:42\n\n"),
    (ServerSentEvent(id: ""), "id: \n\n"),
    (ServerSentEvent(id: "1\ndata: forged", event: "a\rb", data: Array("x".utf8)), "data: x\n\n"),
    (ServerSentEvent(id: "1\0", data: Array("x".utf8)), "data: x\n\n"),
  ]

  @Test(arguments: encodings)
  func `an event is encoded as its lines`(event: ServerSentEvent, expected: String) {
    #expect(String(decoding: event.encoded, as: UTF8.self) == expected)
  }
}
