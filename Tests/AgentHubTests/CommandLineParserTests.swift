import Testing

@testable import AgentHub

struct CommandLineParserTests {
  @Test(
    arguments: [
      ([], Invocation()),
      (["serve"], Invocation(command: "serve")),
      (["serve", "--port", "0"], Invocation(command: "serve", settings: ["port": "0"])),
      (["--port=0", "serve"], Invocation(command: "serve", settings: ["port": "0"])),
      (["serve", "--echo"], Invocation(command: "serve", settings: ["echo": "on"])),
      (["serve", "--echo=off"], Invocation(command: "serve", settings: ["echo": "off"])),
      (["serve", "--database="], Invocation(command: "serve", settings: ["database": ""])),
      (["serve", "--loops", "-1"], Invocation(command: "serve", settings: ["loops": "-1"])),
      (["config", "--config", "x"], Invocation(command: "config", configFile: "x")),
      (["seed", "--reset"], Invocation(command: "seed", switches: ["--reset"])),
      (
        ["index", "--domain=billing", "--force"],
        Invocation(command: "index", switches: ["--domain", "--force"], values: ["--domain": "billing"])
      ),
      (["--help"], Invocation(wantsHelp: true)),
      (["help", "serve"], Invocation(command: "serve", wantsHelp: true)),
      (["serve", "-h"], Invocation(command: "serve", wantsHelp: true)),
      (["--version"], Invocation(command: "version")),
    ] as [([String], Invocation)])
  func `words are understood`(words: [String], invocation: Invocation) throws {
    #expect(try CommandLineParser.parse(words) == invocation)
  }

  @Test(
    arguments: [
      (["serv"], LaunchError.Reason.unknownCommand, "Did you mean serve?"),
      (["serve", "--prot", "1"], .unknownFlag, "Did you mean --port?"),
      (["serve", "--rest"], .unknownFlag, "Did you mean --reset?"),
      (["serve", "-p"], .unknownFlag, nil),
      (["serve", "--port"], .missingValue, "Expected a whole number from 0 to 65535."),
      (["serve", "--port", "--echo"], .missingValue, nil),
      (["serve", "--config"], .missingValue, nil),
      (["serve", "--port=1", "--port=2"], .badValue, nil),
      (["serve", "seed"], .surplusWord, nil),
      (["serve", "--reset"], .unknownFlag, nil),
      (["seed", "--reset=1"], .unknownFlag, nil),
      (["version", "--port", "1"], .unknownFlag, nil),
      (["index", "--domain"], .missingValue, "Expected one of technical, billing, general, field_service."),
      (
        ["index", "--domain", "law"], .badValue, "Expected one of technical, billing, general, field_service."
      ),
      (["index", "--all=1"], .unknownFlag, nil), (["serve", "--domain", "billing"], .unknownFlag, nil),
    ] as [([String], LaunchError.Reason, String?)])
  func `words that make no sense are refused with what to do`(
    words: [String], reason: LaunchError.Reason, hint: String?
  ) {
    let error = #expect(throws: LaunchError.self) { try CommandLineParser.parse(words) }
    #expect(error?.reason == reason)
    if let hint { #expect(error?.hint == hint) }
  }
}
