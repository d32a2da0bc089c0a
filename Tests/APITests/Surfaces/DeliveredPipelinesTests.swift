import Basics
import Model
import Pipelines
import Storage
import Testing
import Tools

@testable import API

/// The delivered pipelines are of the form that the engine takes, and what they name is there.
struct DeliveredPipelinesTests {
  private static func agents(_ workspace: String) throws -> [Agent] {
    try DeliveredAgents.agents(of: workspace, at: Timestamp(milliseconds: 0))
  }

  @Test(arguments: ["insightx", "customer", "fsia"])
  func `a pipeline can be read, and every agent and tool that it names is delivered`(workspace: String) throws
  {
    let agents = try Self.agents(workspace)
    let pipeline = try #require(agents.first { $0.id.text == workspace })
    let plan = try PipelinePlan(pipeline.config?["pipeline"] ?? .null)
    let names = Set(agents.map(\.id.text))
    let tools = Set(StubTool.all.map(\.definition.name))
    for step in plan.all {
      switch step.work {
      case .agent(let order), .classify(let order, _), .handover(let order):
        #expect(names.contains(order.agent.source), "\(step.id)")
      case .tool(let name, _): #expect(tools.contains(name), "\(step.id)")
      case .branch, .parallel, .compose: break
      }
    }
    for agent in agents where agent.provider != "pipeline" {
      let configuration = try AgentConfiguration(agent.config)
      #expect(configuration.tools.allSatisfy { tools.contains($0.name) }, "\(agent.id)")
      #expect(configuration.systemPrompt?.isEmpty == false || agent.id.text == workspace)
    }
  }

  @Test(
    arguments: [
      ("insightx-orchestrator", 0.3, 500), ("insightx-sql-agent", 0.2, 1000),
      ("insightx-python-agent", 0.3, 1500), ("insightx-composer", 0.5, 1000),
      ("insightx-explainer", 0.4, 800),
      ("insightx-context-agent", 0.5, 1200), ("insightx-validator", 0.2, 500),
    ])
  func `S000-16 S000-32 the agents of InsightX have their temperatures and lengths`(
    id: String, temperature: Double, tokens: Int
  ) throws {
    let agent = try #require(try Self.agents("insightx").first { $0.id.text == id })
    let configuration = try AgentConfiguration(agent.config)
    #expect(configuration.temperature == temperature && configuration.maxTokens == tokens)
    #expect(agent.provider == "bytez")
  }

  @Test func `S002-01 S002-02 the supervisor is on Bedrock and falls back to OpenAI`() throws {
    let agent = try #require(try Self.agents("customer").first { $0.id.text == "customer-supervisor" })
    #expect(agent.provider == "bedrock" && agent.model == "us.amazon.nova-lite-v1:0")
    #expect(try AgentConfiguration(agent.config).fallbacks.map(\.model) == ["gpt-4o-mini"])
  }
}
