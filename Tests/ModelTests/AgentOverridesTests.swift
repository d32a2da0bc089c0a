import Basics
import Model
import Testing

struct AgentOverridesTests {
  private static func whole() -> AgentOverrides {
    var overrides = AgentOverrides()
    overrides.provider = "openai"
    overrides.model = "m2"
    overrides.config = ["temperature": 0.5, "stop": ["END"]]
    overrides.instructions = "Be kind."
    overrides.tools = [
      ToolDefinition(name: "f", description: "Does f.", parameters: ["type": "object"], isStrict: true),
      ToolDefinition(name: "g", parameters: [:]),
    ]
    overrides.allowsParallelCalls = false
    overrides.earlierMessages = 300
    return overrides
  }

  @Test(arguments: [nil, ToolChoice.auto, .required, .never, .tool("f")])
  func `overrides come back from JSON as they were`(choice: ToolChoice?) {
    var overrides = Self.whole()
    overrides.toolChoice = choice
    #expect(AgentOverrides(json: overrides.json) == overrides)
    #expect(!overrides.isEmpty)
  }

  @Test func `nothing is wanted by default`() {
    #expect(AgentOverrides().isEmpty && AgentOverrides().json == [:])
    #expect(AgentOverrides(json: ["toolChoice": 3, "tools": "none"]).isEmpty)
  }
}
