import Basics
import TestKit
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

  @Test func `a byte order mark before the document is passed over, and no other`() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try JSON.parse(mark + Array(Self.document.utf8)) == JSON.parse(Self.document))
    for bytes in [mark, mark + mark + [0x31], [0x31] + mark, [0xEF, 0xBB]] {
      #expect(throws: JSONError.self) { try JSON.parse(bytes) }
    }
  }

  @Test func `an object of a hundred thousand members is read soon`() throws {
    let members = (0..<100_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
    let isSoon = try TimeLimit.isMet(.seconds(5)) {
      var count = 0
      let time = try ContinuousClock().measure {
        count = try JSON.parse("{\(members)}").object?.members.count ?? 0
      }
      #expect(count == 100_000)
      return time
    }
    #expect(isSoon)
  }

  @Test(arguments: [2, 15, 16, 17, 40])
  func `of many members with one name the last counts, in the place of the first`(count: Int) throws {
    let names = (0..<count).map { "k\($0)" }
    let text = (names + names).enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",")
    let object = try #require(try JSON.parse("{\(text)}").object)
    #expect(object.names == names)
    #expect(object.members.map(\.value) == (count..<2 * count).map { .integer(Int64($0)) })
  }
}
