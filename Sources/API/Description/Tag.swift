/// What operations are about, as documents group them; in the order in which they are shown.
enum Tag: String, CaseIterable, Sendable {
  case conversations = "Conversations"
  case messages = "Messages"
  case runs = "Runs"
  case agents = "Agents"
  case tools = "Tools"
  case knowledge = "Knowledge"
  case dataSets = "Data sets"
  case keys = "Keys and providers"
  case usage = "Usage and budgets"
  case answers = "Kept answers"
  case openAI = "OpenAI"
  case insightX = "InsightX"
  case customer = "Customer service"
  case fieldService = "Field service"
  case hub = "Hub"

  /// What the group is, one sentence.
  var summary: String {
    switch self {
    case .conversations:
      "Threads of messages that everybody who watches sees grow: read, export, import, replay."
    case .messages: "Give an agent a message, one or many; search; rate answers."
    case .runs: "Answers in the making: watch, stop, approve, repeat."
    case .agents: "Who answers: agents and pipelines, and every version they ever had."
    case .tools: "What agents may be allowed to call."
    case .knowledge: "Documents that agents look things up in."
    case .dataSets: "Uploaded tables: profile, SQL, Python, chats and findings around each."
    case .keys: "The keys of providers, how they are, and why."
    case .usage: "Tokens and dollars, and what may be spent."
    case .answers: "Answers that are given again for equal questions."
    case .openAI: "OpenAI's API: every agent and pipeline is a model."
    case .insightX: "The surface of InsightX, as its clients know it."
    case .customer: "The surface of the customer service, as its clients know it."
    case .fieldService: "The surface of the field service agent, as its clients know it."
    case .hub: "The hub itself: health, sockets, pages and documents."
    }
  }
}
