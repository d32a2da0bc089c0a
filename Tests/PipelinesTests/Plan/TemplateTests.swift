import Basics
import Model
import Pipelines
import Testing

struct TemplateTests {
  private static let values = PipelineValues(
    input: "How many?", history: "user: hello", parameters: ["company": "co-2", "limits": ["rows": 5]],
    steps: [
      "sql": StepResult(text: "3 rows", label: "A", data: ["rows": [["n": 1], ["n": 2]], "note": "fine"]),
      "bad": StepResult(text: "", error: RunFailure(code: "timeout", message: "It took too long.")),
    ])

  @Test(arguments: [
    ("plain", "plain"), ("", ""), ("{{input}}", "How many?"), ("Q: {{ input }}!", "Q: How many?!"),
    ("{{steps.sql.text}} of {{parameters.company}}", "3 rows of co-2"), ("{{steps.sql.label}}", "A"),
    ("{{steps.sql.data.rows.1.n}}", "2"), ("{{steps.sql.data.rows.7.n}}", ""),
    ("{{steps.sql.data.note}}", "fine"),
    ("{{steps.sql.data.rows}}", "[{\"n\":1},{\"n\":2}]"), ("{{steps.other.text}}", ""),
    ("{{steps.bad.error}}", "It took too long."), ("{{history}}", "user: hello"),
    ("{{parameters.limits.rows}}", "5"), ("a { b } }} c", "a { b } }} c"),
    ("{{input}}\u{301}{", "How many?\u{301}{"),
  ])
  func `places are filled`(source: String, text: String) throws {
    #expect(try Template(source).text(in: Self.values) == text)
  }

  @Test(arguments: [
    "{{", "{{}}", "{{unknown}}", "{{steps}}", "{{steps.sql}}", "{{steps.sql.words}}",
    "{{steps.sql.text.more}}",
    "{{parameters}}", "{{input.x}}", "{{steps..text}}", "a {{input}} {{input",
  ])
  func `what is no place is refused in words`(source: String) {
    let error = #expect(throws: TemplateError.self) { try Template(source) }
    #expect(error?.reason.contains("{{") == true)
  }

  @Test func `a template that is one place gives its value as it is`() throws {
    #expect(try Template("{{steps.sql.data.rows}}").value(in: Self.values) == [["n": 1], ["n": 2]])
    #expect(try Template("{{steps.other.data}}").value(in: Self.values) == .null)
    #expect(try Template(" {{steps.sql.data.rows}}").value(in: Self.values) == " [{\"n\":1},{\"n\":2}]")
  }

  @Test func `what is filled in is not read again`() throws {
    let values = PipelineValues(input: "{{parameters.secret}}", parameters: ["secret": "x"])
    #expect(try Template("{{input}}").text(in: values) == "{{parameters.secret}}")
  }
}
