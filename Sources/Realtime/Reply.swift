import Basics

/// The hub's messages to one client, beside events.
package enum Reply {
  /// `{"reply":1,"ok":{…}}`
  static func ok(_ result: JSONObject, to id: JSON?) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("reply", json: id ?? .null)
    writer.member("ok", json: .object(result))
    writer.endObject()
    return writer.bytes
  }

  /// `{"reply":7,"error":{"code","message","hint","temporary","retryAfterMs"}}`; what nobody foresaw counts as temporary.
  static func error(_ error: any Error, to id: JSON?) -> [UInt8] {
    let coded = error as? any CodedError
    var object: JSONObject = [
      "code": .string(coded?.code ?? "internal"),
      "message": .string(coded?.message ?? "The hub could not do that."),
    ]
    object["hint"] = coded?.hint.map { .string($0) }
    let retryAfter = coded?.retryAfterMilliseconds
    object["temporary"] = .bool(coded == nil || retryAfter != nil)
    object["retryAfterMs"] = retryAfter.map { .integer(Int64($0)) }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("reply", json: id ?? .null)
    writer.member("error", json: .object(object))
    writer.endObject()
    return writer.bytes
  }

  /// `{"live":{"conversation":"…","seq":41}}`: everything that was asked for has been sent; the tail follows.
  static func live(_ topic: Topic, offset: Int64, seq: Int64? = nil) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("live")
    writer.beginObject()
    if let (field, id) = topic.named {
      writer.key(named: field)
      writer.string(id)
    }
    if let seq { writer.member("seq", seq) } else { writer.member("offset", offset) }
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }

  /// `{"ping":{"offset":1841}}`: the head, so that a quiet or filtered stream still advances.
  static func ping(head: Int64) -> [UInt8] { Array("{\"ping\":{\"offset\":\(head)}}".utf8) }

  /// `{"bye":{"code","reason","retryAfterMs","resume"}}`: what the close frame says too, for those who never see it.
  package static func bye(_ reason: CloseReason, retryAfterMilliseconds: Int?) -> [UInt8] {
    var bye: JSONObject = ["code": .integer(Int64(reason.code)), "reason": .string(reason.text)]
    bye["retryAfterMs"] = retryAfterMilliseconds.map { .integer(Int64($0)) }
    bye["resume"] = .bool(reason.canResume)
    return JSON.object(["bye": .object(bye)]).bytes
  }
}
