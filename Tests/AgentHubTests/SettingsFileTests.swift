import Testing

@testable import AgentHub

struct SettingsFileTests {
  @Test(
    arguments: [
      ("A=1", "A", "1"), ("  A = 1  ", "A", "1"), ("export A=1", "A", "1"), ("A=1 # one", "A", "1"),
      ("A=pass#word", "A", "pass#word"), ("A=\"1 # 2\" # 3", "A", "1 # 2"), ("A=' 1 '", "A", " 1 "),
      ("A=a=b", "A", "a=b"), ("A=", "A", ""), ("A= # nothing", "A", ""), ("A=1\r", "A", "1"),
    ])
  func `a line is a name and a value`(line: String, name: String, value: String) throws {
    let entry = try SettingsFile(path: "f", text: line).entries.first
    #expect(entry?.name == name && entry?.value == value)
  }

  @Test func `blank lines and comments count as lines and as nothing else`() throws {
    let file = try SettingsFile(path: "f", text: "\r\n# a\r\n\t\r\nA=1\r\n\n  # b\nB=2")
    #expect(file.entries.map(\.line) == [4, 7])
  }

  @Test(arguments: ["A", "=1", "A B=1", "A-B=1", "A=\"1", "A='1' 2", "ä=1"])
  func `anything else is refused with its line`(line: String) {
    let error = #expect(throws: LaunchError.self) { try SettingsFile(path: "f", text: "X=1\n" + line) }
    #expect(error?.reason == .badFileLine && error?.message.contains("Line 2 of f") == true)
    #expect(error?.message.contains("\"1") == false, "A value may be a secret.")
  }

  @Test func `a name that is set twice is refused with both lines`() {
    let error = #expect(throws: LaunchError.self) { try SettingsFile(path: "f", text: "A=1\n\nA=2") }
    #expect(error?.message.contains("lines 1 and 3") == true)
  }
}
