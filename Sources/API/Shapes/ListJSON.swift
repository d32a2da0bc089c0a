import Basics

/// A page of a list: `{"items":[…],"next":"<cursor>"|null}`.
struct ListJSON<Item: JSONWritable>: JSONWritable {
  let items: [Item]
  let next: String?

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("items", items)
    writer.member("next", orNull: next)
    writer.endObject()
  }
}
