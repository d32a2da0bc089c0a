package import Basics
package import Model
package import Tools

/// `describe_field_service`: the tables that `query_field_service` asks, with their columns.
package struct DescribeFieldServiceTool: Tool {
  package let definition = ToolDefinition(
    name: "describe_field_service",
    description: "Returns the tables and columns that query_field_service can ask, and the day of the data.",
    parameters: ["type": "object", "properties": [:], "additionalProperties": false])

  package init() {}

  package func call(_ arguments: JSONObject, in context: ToolContext) async -> ToolAnswer {
    var object = FieldServiceSchema.json.object ?? [:]
    object["today"] = .string(SampleCompany.today)
    return .json(.object(object))
  }
}
