import Basics
import Pipelines
import Testing

/// The ladder of the seed systems: a badly formed classification never fails a question.
struct LabelLadderTests {
  private static let seed = LabelLadder(
    labels: ["SQL_ONLY", "PY_ONLY", "SQL_THEN_PY", "EXPLAIN_ONLY"], otherwise: "EXPLAIN_ONLY",
    member: "classification", languages: ["python": "PY_ONLY", "sql": "SQL_ONLY"])

  @Test(arguments: [
    // The whole text.
    ("{\"classification\":\"SQL_ONLY\",\"reasoning\":\"an average\"}", "SQL_ONLY"),
    ("  {\"classification\":\"sql_then_py\"}\n", "SQL_THEN_PY"),
    // A fence.
    ("Here:\n```json\n{\"classification\":\"PY_ONLY\"}\n```\nDone.", "PY_ONLY"),
    ("```\n{\"classification\":\"PY_ONLY\"}\n```", "PY_ONLY"),
    // The first object that has the member.
    ("I think {\"a\":1} and {\"classification\":\"SQL_ONLY\",\"why\":\"{braces}\"} fit.", "SQL_ONLY"),
    ("Broken { here, but {\"classification\":\"SQL_ONLY\"} there.", "SQL_ONLY"),
    // A word.
    ("SQL_ONLY", "SQL_ONLY"), ("\"sql_only\".", "SQL_ONLY"), ("**PY_ONLY**", "PY_ONLY"),
    // Nothing of use, or something unknown.
    ("{\"classification\":\"DANCE\"}", "EXPLAIN_ONLY"), ("{\"classification\":7}", "EXPLAIN_ONLY"),
    ("No idea.", "EXPLAIN_ONLY"), ("", "EXPLAIN_ONLY"), ("{{{{{{", "EXPLAIN_ONLY"),
  ])
  func `an answer is read`(answer: String, label: String) {
    let finding = Self.seed.find(in: answer, question: "What is the mean amount?")
    #expect(finding.label == label)
    #expect(finding.data["classification"]?.string?.lowercased() == label.lowercased())
  }

  @Test(arguments: [
    ("Write code for it", "```python\nprint(1)\n```", "PY_ONLY"),
    ("run this", "```sql\nSELECT 1\n```", "SQL_ONLY"),
    ("generate python please", "```\nx = 1\n```", "PY_ONLY"),
    ("create it", "```\nx\n``` in SQL", "SQL_ONLY"),
    ("What is it?", "```python\nprint(1)\n```", "EXPLAIN_ONLY"),
    ("write it", "print(1) in python", "EXPLAIN_ONLY"),
    ("prewritten?", "```python\nprint(1)\n```", "EXPLAIN_ONLY"),
  ])
  func `code in answer to a request for code tells its label`(question: String, answer: String, label: String)
  {
    #expect(Self.seed.find(in: answer, question: question).label == label)
  }

  @Test func `the raw answer is kept as the reason`() {
    let finding = Self.seed.find(in: "Hard to say.", question: "?")
    #expect(finding.data == ["classification": "EXPLAIN_ONLY", "reasoning": "Hard to say."])
  }

  @Test func `one word decides in the field service`() {
    let ladder = LabelLadder(labels: ["SQL", "RAG"], otherwise: "RAG", member: "route")
    for (answer, label) in [
      ("SQL", "SQL"), ("sql\n", "SQL"), ("RAG.", "RAG"), ("GENERAL", "RAG"), ("SQL or RAG", "RAG"),
    ] {
      #expect(ladder.find(in: answer, question: "?").label == label)
    }
  }

  @Test func `a long answer full of braces ends soon`() {
    let answer = String(repeating: "{\"a\":", count: 100_000)
    #expect(Self.seed.find(in: answer, question: "?").label == "EXPLAIN_ONLY")
  }
}
