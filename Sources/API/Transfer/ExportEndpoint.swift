import Basics
import Model
import Storage
import WebServer
import Wire

/// Conversations as a stream of any length: a page of messages at a time, and none while the client does not read.
enum ExportEndpoint {
  /// Messages of one page; each may be a megabyte.
  private static let pageSize = 32
  private static let conversationsAtOnce = 100

  /// One conversation, as it is now: what is said while it is written is left out.
  static func one(_ conversation: Conversation, _ form: ExportForm, _ context: APIContext) -> Response {
    response(form, title: conversation.title ?? conversation.id.text) { pipe in
      if form == .jsonl { guard await pipe.write(head()) else { return } }
      guard let count = try await send(conversation, form, to: pipe, context.store) else { return }
      if form == .jsonl { _ = await pipe.write(done(conversations: 1, messages: count)) }
    }
  }

  /// All conversations, the oldest id first.
  static func all(_ context: APIContext) -> Response {
    let store = context.store
    return response(.jsonl, title: "agenthub") { pipe in
      guard await pipe.write(head()) else { return }
      var (last, conversations, messages) = ("", 0, 0)
      while true {
        let ids = try await store.read { [last] in
          try $0.conversations.ids(after: last, limit: conversationsAtOnce)
        }
        for id in ids {
          // One that was deleted meanwhile is no more.
          guard let conversation = try await store.read({ try $0.conversations.get(id) }) else { continue }
          guard let count = try await send(conversation, .jsonl, to: pipe, store) else { return }
          conversations += 1
          messages += count
        }
        guard let end = ids.last else { break }
        last = end.text
      }
      _ = await pipe.write(done(conversations: conversations, messages: messages))
    }
  }

  private static func response(
    _ form: ExportForm, title: String, _ send: @escaping @Sendable (BatchPipe) async throws -> Void
  ) -> Response {
    Response(
      200,
      fields: [
        "Content-Type": form.contentType, "Content-Disposition": form.disposition(title: title),
        "Cache-Control": "no-store", "X-Accel-Buffering": "no",
      ],
      body: .stream { loop, stream in
        let pipe = BatchPipe(loop: loop, stream: stream)
        Task {
          // An error means that the hub goes down: the end, which is missing then, tells.
          try? await send(pipe)
          pipe.finish()
        }
      })
  }

  /// How many messages were sent; nil when the client has left.
  private static func send(
    _ conversation: Conversation, _ form: ExportForm, to pipe: BatchPipe, _ store: Store
  ) async throws -> Int? {
    let tree = try await store.read { try $0.branches.tree(of: conversation.id) }
    // What is for reading is what the conversation shows; the other forms hold all.
    let path = form == .markdown && !tree.branches.isEmpty ? tree.path(to: conversation.branch ?? 0) : nil
    guard await pipe.write(form.beginning(conversation, tree.branches)) else { return nil }
    var (count, last) = (0, Int64(0))
    var hasMore = true
    while hasMore {
      let page = try await store.read { [last] store in
        guard let path else {
          return try store.messages.page(of: conversation.id, after: last, limit: pageSize)
        }
        return try store.messages.page(of: conversation.id, on: path, after: last, limit: pageSize)
      }
      var bytes: [UInt8] = []
      for message in page.items where message.seq <= conversation.seq {
        bytes += form.piece(message, isFirst: count == 0)
        count += 1
        last = message.seq
      }
      guard await pipe.write(bytes) else { return nil }
      hasMore = page.next.map { $0 < conversation.seq } ?? false
    }
    return await pipe.write(form.ending(conversation, messages: count)) ? count : nil
  }

  private static func head() -> [UInt8] { ExportForm.line("export") { $0.value(ExportForm.head) } }

  private static func done(conversations: Int, messages: Int) -> [UInt8] {
    ExportForm.line("done") { writer in
      writer.beginObject()
      writer.member("conversations", conversations)
      writer.member("messages", messages)
      writer.endObject()
    }
  }
}
