import Basics
import Model
package import Storage
package import Tools

extension PipelinePlan {
  /// Refuses agents and tools that are named in the plan and do not exist. Names that come out of templates show when it runs.
  ///
  /// - Throws: `invalid_pipeline`, what the store throws.
  package func checkNames(_ tools: ToolTable, in store: some Transaction) throws {
    for step in all {
      switch step.work {
      case .agent(let order), .handover(let order), .classify(let order, _):
        try checkAgent(order.agent, of: step, in: store)
      case .tool(let name, _): try checkTool(name, of: step, tools, in: store)
      case .branch, .parallel, .compose: break
      }
    }
  }

  private func checkAgent(_ name: Template, of step: PipelineStep, in store: some Transaction) throws {
    guard name.references.isEmpty, try store.agent(called: name.source) == nil else { return }
    throw PlanError(
      step: step.id, "there is no agent \(name.source)",
      hint: "Name an agent by its id or its name; GET /api/agents lists those there are.")
  }

  private func checkTool(
    _ name: String, of step: PipelineStep, _ tools: ToolTable, in store: some Transaction
  ) throws {
    if let tool = tools.builtIn(named: name) {
      guard tool.terms.approval != .always else {
        throw PlanError(
          step: step.id, "somebody must agree to each call of the tool \(name), which a step cannot ask for",
          hint: "Let an agent call it: its calls wait for approval.")
      }
    } else if try store.tools.get(name) == nil {
      throw PlanError(
        step: step.id, "there is no tool \(name)", hint: "GET /api/tools lists those there are.")
    }
  }
}

extension Transaction {
  /// The agent of an id, or of a name.
  func agent(called name: String) throws -> Agent? {
    let id = Identifier<Agent>(name)
    return try BuiltInAgents.agent(id) ?? agents.get(id) ?? agents.named(name)
  }
}
