import Glibc

// The entry point of libFuzzer. `Scripts/fuzz` builds and runs it; AGENTHUB_FUZZ_TARGET picks the target.
//
// Every input is just what a peer sends, so that the corpus can be read, written by hand and sent to a real server. A
// target must not crash, and must not read an input differently when it comes in pieces.

/// What can be fuzzed.
private let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "http": { checkEveryWay($0, reading: readRequests) },
  "frames": { checkEveryWay($0, reading: readFrames) },
  "messages": { checkEveryWay($0, reading: readMessages) },
  "handshake": { checkHandshakes($0) },
  "events": { checkEveryWay($0, reading: readEvents) },
  "amazon": { checkEveryWay($0, reading: readAmazonEvents) },
  "connection": { for pieces in ways(of: $0) { driveConnection(pieces) } },
]

private let target: @Sendable ([UInt8]) -> Void = {
  let name = getenv("AGENTHUB_FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = targets[name] else {
    preconditionFailure("AGENTHUB_FUZZ_TARGET must be one of \(targets.keys.sorted())")
  }
  return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

/// Reads an input whole and in pieces; all readings must be the same.
private func checkEveryWay<Reading: Equatable>(_ input: [UInt8], reading: ([[UInt8]]) -> Reading) {
  let whole = reading([input])
  for pieces in ways(of: input) {
    precondition(reading(pieces) == whole, "the cuts changed what was read: \(pieces.map(\.count))")
  }
}

/// The pieces an input may come in: two or three, cut where its own bytes say, and single bytes when it is short.
func ways(of input: [UInt8]) -> [[[UInt8]]] {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in input { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  let first = Int(hash >> 33) % (input.count + 1)
  let second = first + Int(hash & 0xFFFF_FFFF) % (input.count - first + 1)
  var ways = [
    [Array(input[..<first]), Array(input[first...])],
    [Array(input[..<first]), Array(input[first..<second]), Array(input[second...])],
  ]
  if input.count <= 96 { ways.append(input.map { [$0] }) }
  return ways
}
