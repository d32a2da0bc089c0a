import Basics

/// One kind of step.
package struct StepRow: Sendable {
  /// As `type` names it.
  package let name: String
  package let title: String
  /// The members it has beside those of every step, in the words of the documentation.
  package let members: [String]
  /// Whether it takes time and can fail by itself, so that it may be bounded and tried again.
  var isWork = true
  let read: @Sendable (StepReader) throws(PlanError) -> StepWork
}

/// The kinds of steps: to add one is a row here, a case of `StepWork`, and who performs it.
package enum StepTable {
  package static let rows: [StepRow] = [
    StepRow(
      name: "agent", title: "lets an agent answer; its text is the step's result",
      members: AgentOrder.members
    ) { reader throws(PlanError) in .agent(try reader.order()) },
    StepRow(
      name: "classify",
      title: "lets an agent choose one of some labels, read by a ladder that never fails",
      members: AgentOrder.members + ["labels", "otherwise", "member", "languages"]
    ) { reader throws(PlanError) in .classify(try reader.order(), try reader.ladder()) },
    StepRow(
      name: "branch", title: "goes one of several ways, by the value of a template",
      members: ["on", "cases", "otherwise"], isWork: false
    ) { reader throws(PlanError) in
      .branch(
        on: try reader.template("on"), cases: try reader.cases("cases"),
        otherwise: try reader.steps("otherwise"))
    },
    StepRow(
      name: "parallel", title: "goes all ways at once and waits for all of them", members: ["branches"],
      isWork: false
    ) { reader throws(PlanError) in .parallel(try reader.cases("branches")) },
    StepRow(
      name: "tool", title: "runs a tool; places in its arguments are filled", members: ["tool", "arguments"]
    ) { reader throws(PlanError) in .tool(name: try reader.word("tool"), arguments: try reader.arguments()) },
    StepRow(
      name: "compose", title: "makes a text from what there is, without a model", members: ["text"],
      isWork: false
    ) { reader throws(PlanError) in .compose(try reader.template("text")) },
    StepRow(
      name: "handover", title: "leaves the whole question to another agent or pipeline",
      members: AgentOrder.members
    ) { reader throws(PlanError) in .handover(try reader.order(defaultInput: "{{input}}")) },
  ]

  /// The members of a step of some kind, in the order they are told.
  package static func members(of row: StepRow) -> [String] {
    ["id", "type", "onFailure"] + (row.isWork ? ["timeoutSeconds", "attempts"] : []) + row.members
  }

  static func row(named name: String) -> StepRow? { rows.first { $0.name == name } }

  static var names: String { rows.map(\.name).joined(separator: ", ") }
}

extension AgentOrder {
  /// The members of a step that asks an agent.
  static let members = ["agent", "input", "config", "provider", "model", "history", "budgetUSD"]
}
