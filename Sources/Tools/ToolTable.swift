package import Model

/// The tools there are: those that are built in, and a way to call those that operators registered.
package struct ToolTable: Sendable {
  /// What makes a tool of a registered one.
  package typealias Maker = @Sendable (RegisteredTool) -> any Tool

  /// In the order in which they are listed.
  package let builtIn: [any Tool]
  private let maker: Maker?

  /// No tools at all.
  package static let empty = ToolTable()

  /// - Parameters:
  ///   - builtIn: tools with different names.
  ///   - registered: nil leaves registered tools out of reach.
  package init(builtIn: [any Tool] = [], registered maker: Maker? = nil) {
    precondition(Set(builtIn.map(\.name)).count == builtIn.count, "Two built-in tools have the same name.")
    self.builtIn = builtIn
    self.maker = maker
  }

  /// The built-in tool of a name.
  package func builtIn(named name: String) -> (any Tool)? { builtIn.first { $0.name == name } }

  /// The tools that an agent may call, in the order of its list.
  ///
  /// - Parameters:
  ///   - agent: the agent's name, for the error.
  ///   - find: looks up a registered tool.
  /// - Throws: `tool_not_found`, what `find` throws.
  package func offers(
    for grants: [ToolGrant], of agent: String, find: (String) throws -> RegisteredTool?
  ) throws -> [ToolOffer] {
    try grants.map { grant in
      guard let tool = try builtIn(named: grant.name) ?? find(grant.name).flatMap({ maker?($0) }) else {
        throw ToolError.notFound(grant.name, agent: agent)
      }
      return ToolOffer(tool: tool, grant: grant)
    }
  }
}

/// A tool as one agent may call it.
package struct ToolOffer: Sendable {
  package let tool: any Tool
  package let grant: ToolGrant

  package init(tool: any Tool, grant: ToolGrant) {
    self.tool = tool
    self.grant = grant
  }

  /// The tool's name.
  package var name: String { tool.name }

  /// Whether somebody must agree to each call: the tool or the agent asks for it.
  package var needsApproval: Bool { tool.terms.approval == .always || grant.approval == .always }
}
