import Testing

struct SwiftScannerTests {
  @Test(
    arguments: [
      ("a // b", "a     "),
      ("a /* b /* c */ d */ e", "a                   e"),
      ("f(\"x\")", "f(   )"),
      ("f(\"x\\\"y\") + b", "f(      ) + b"),
      ("\"a\\(b + \"c\")d\" e", "    b +        e"),
      ("#\"a\"b\"# c", "        c"),
      ("\"\"\"\nlet a = \"b\"\n\"\"\" c", "   \n           \n    c"),
      ("let a = \"open\nlet b = 1", "let a =      \nlet b = 1"),
      ("#if DEBUG", "#if DEBUG"),
    ])
  func `comments and literals are blanked, code stays`(text: String, code: String) {
    #expect(String(decoding: SwiftScanner(text).code, as: UTF8.self) == code)
  }

  @Test func `literals are collected with their lines`() {
    let source = SwiftSource(path: "x", text: "let a = \"one\"\n// \"no\"\nlet b = \"\"\"\n  two\n  \"\"\"\n")
    #expect(source.literals.map(\.line) == [1, 3])
    #expect(source.literals.map(\.text) == ["one", "\n  two\n  "])
  }

  @Test(
    arguments: [
      ("import Basics", "Basics"), ("package import Wire", "Wire"), ("@testable import AgentHub", "AgentHub"),
      ("import struct Basics.JSON", "Basics"), ("  private import Glibc", "Glibc"),
    ])
  func `an import is found in all its forms`(line: String, module: String) {
    #expect(SwiftSource(path: "x", text: line).imports.map(\.module) == [module])
  }

  @Test func `a sentence about an import is none`() {
    #expect(
      SwiftSource(path: "x", text: "// import Foundation\nlet a = \"import Foundation\"").imports.isEmpty)
  }
}
