import Basics
import Model
import Storage
import TestKit
import Tools

@testable import Pipelines

/// Agents whose model's name decides what the scripted server answers, and a pipeline of them.
extension RunFixture {
  /// A server that answers by the model that is asked for.
  static func models(
    _ answers: [String: [ScriptedUpstream.Action]]
  ) throws -> ScriptedUpstream {
    try ScriptedUpstream { request in
      answers[request.model] ?? Answer.refusal(400, "no answer for \(request.model)")
    }
  }

  /// Makes an agent of each name, whose model has the same name.
  func makeAgents(_ names: String..., url: String, config: JSONObject = [:]) async throws {
    var config = config
    config["baseUrl"] = .string(url + "/v1")
    let final = config
    try await store.write { store in
      for name in names {
        try store.agents.create(
          Agent(
            id: store.newIdentifier(), name: name, provider: "openai", model: name, config: final,
            createdAt: store.now, updatedAt: store.now))
      }
    }
  }

  /// Makes an agent that is a pipeline.
  @discardableResult
  func makePipeline(
    _ steps: JSON, name: String = "Line", config: JSONObject = [:]
  ) async throws -> Identifier<Agent> {
    var config = config
    config["pipeline"] = ["steps": steps]
    let final = config
    return try await store.write { store in
      try store.agents.create(
        Agent(
          id: store.newIdentifier(), name: name, provider: "pipeline", model: "pipeline",
          config: final, createdAt: store.now, updatedAt: store.now)
      ).id
    }
  }

  /// Lets a pipeline answer.
  func ask(
    _ pipeline: Identifier<Agent>, _ text: String = "hi", parameters: JSONObject = [:],
    in conversation: Identifier<Conversation>? = nil
  ) async throws -> Run {
    var invocation = Invocation(agent: pipeline, text: text)
    invocation.parameters = parameters
    invocation.conversation = conversation
    return try await runs.invoke(invocation)
  }

  func parts(of run: Run) async throws -> [Run] { try await store.read { try $0.runs.parts(of: run.id) } }

  /// The results of a run's steps, by their names in events.
  func results(of run: Run) -> [String: JSON] {
    published.all.reduce(into: [:]) { results, event in
      guard event.run == run.id, event.type == .stepCompleted, case .other(_, let body) = event.body else {
        return
      }
      results[event.step ?? ""] = body["result"]
    }
  }

  /// What happened to the steps of a run, in order: their names after the types of the events.
  func story(of run: Run) -> [String] {
    published.all.compactMap { event in
      guard event.run == run.id, let step = event.step else { return nil }
      return "\(event.type.rawValue) \(step)"
    }
  }
}

extension ScriptedUpstream.Request {
  var json: JSON { (try? JSON.parse(body)) ?? .null }

  var model: String { json["model"]?.string ?? "" }

  /// The text of each message, behind its role.
  var said: [String] {
    (json["messages"]?.array ?? []).map { "\($0["role"]?.string ?? ""): \($0["content"]?.string ?? "")" }
  }
}

extension ScriptedUpstream {
  /// The requests for one model.
  func requests(for model: String) -> [Request] { requests.filter { $0.model == model } }
}
