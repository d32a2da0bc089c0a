import Compression
import Wire

// The entry point of libFuzzer: AGENTHUB_FUZZ=1 swift build -c release --sanitize=fuzzer --product FuzzDeflate
//
// The first byte picks what reads the rest: the inflater, the deflater and back, or the offers of a handshake.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 1 else { return 0 }
  let input = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
  switch start[0] % 3 {
  case 0: inflate(input)
  case 1: deflateAndInflate(input, windowBits: 9 + Int(start[0] / 3) % 7)
  default: negotiate(String(decoding: input, as: UTF8.self))
  }
  return 0
}

/// Whatever comes is inflated within the limit or refused, and the same again gives the same.
private func inflate(_ payload: [UInt8]) {
  let limit = 4096
  guard let inflater = try? Inflater() else { return }
  let first = try? inflater.inflate(payload, limit: limit)
  precondition((first?.count ?? 0) <= limit, "the limit does not hold")
  precondition(first == (try? inflater.inflate(payload, limit: limit)), "something of a message was kept")
  guard let first else { return }
  precondition((try? inflater.inflate(payload, limit: first.count)) == first, "the limit is not exact")
}

private func deflateAndInflate(_ message: [UInt8], windowBits: Int) {
  guard let deflater = try? Deflater(windowBits: windowBits), let inflater = try? Inflater() else { return }
  let payload = deflater.deflate(message)
  precondition((try? inflater.inflate(payload, limit: message.count)) == message, "a message changed")
}

/// Offers that read well are written out again, read alike, and lead to the same agreement.
private func negotiate(_ value: String) {
  guard let offers = try? WebSocketExtensionParser.offers(in: [value]) else { return }
  let written = offers.map { offer in
    ([offer.name] + offer.parameters.map { $0.name + ($0.value.map { "=\"\($0)\"" } ?? "") }).joined(
      separator: ";")
  }
  let again = try? WebSocketExtensionParser.offers(in: written)
  precondition(again == offers, "the offers changed on their way")
  guard let agreed = WebSocketDeflate(choosingFrom: offers) else { return }
  precondition((9...15).contains(agreed.windowBits), "no window of zlib's")
  // Our own answer is an offer that we would accept.
  let answer = (try? WebSocketExtensionParser.offers(in: [agreed.answer])) ?? []
  precondition(
    WebSocketDeflate(choosingFrom: answer)?.windowBits == agreed.windowBits, "the answer is malformed")
}
