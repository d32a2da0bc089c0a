import Basics
import Testing

struct JSONParserTests {
  static let document = #"{"a":[1,-2.5e3,"é\u00e9\n"],"b":{"c":null,"d":[true,false]},"e":""}"#

  @Test func `a text cut at any byte is refused at a place within it`() {
    let bytes = Array(Self.document.utf8)
    for length in 0..<bytes.count {
      let error = #expect(throws: JSONError.self) { try JSON.parse(Array(bytes[..<length])) }
      #expect((0...length).contains(error?.position ?? -1))
    }
  }

  @Test func `any one damaged byte gives a value or an error, never a trap`() {
    let bytes = Array(Self.document.utf8)
    for index in bytes.indices {
      for damage in [UInt8(0), 0x22, 0x2C, 0x5C, 0x7B, 0x7D, 0x80, 0xC3, 0xFF] {
        var damaged = bytes
        damaged[index] = damage
        guard let value = try? JSON.parse(damaged) else { continue }
        #expect((try? JSON.parse(value.bytes)) == value)
      }
    }
  }

  @Test func `blanks between tokens mean nothing`() throws {
    let spaced = Self.document.map { "{}[]:,".contains($0) ? " \t\n\($0)\r " : "\($0)" }.joined()
    #expect(try JSON.parse(spaced) == JSON.parse(Self.document))
  }
}
