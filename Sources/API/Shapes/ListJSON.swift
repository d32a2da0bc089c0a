import Basics
import Model

/// A page of a list: `{"items":[…],"next":"<cursor>"|null}`.
enum ListJSON {
  static func page(_ items: [JSON], next: String?) -> JSON {
    ["items": .array(items), "next": .optional(next)]
  }
}
