package import Basics

/// One entry of the hub's log: what happened, to whom, and its two positions.
///
/// Live broadcast, resume, history, replay and every dialect are readings of these.
package struct Event: Equatable, Sendable {
  /// Position in the hub's log: dense, from 1, never reused.
  package var offset: Int64
  package var conversation: Identifier<Conversation>?
  /// Position inside the conversation: dense, from 1; 0 for events without a conversation.
  package var seq: Int64
  package var run: Identifier<Run>?
  /// The pipeline's run that the run is a part of.
  package var parentRun: Identifier<Run>?
  /// The pipeline's step; of a pipeline inside a pipeline the ids of both, with a dot between.
  package var step: String?
  package var agent: AgentReference?
  package var message: Identifier<Message>?
  package var at: Timestamp
  package var body: EventBody

  package init(
    offset: Int64 = 0, conversation: Identifier<Conversation>? = nil, seq: Int64 = 0,
    run: Identifier<Run>? = nil,
    parentRun: Identifier<Run>? = nil, step: String? = nil, agent: AgentReference? = nil,
    message: Identifier<Message>? = nil, at: Timestamp, body: EventBody
  ) {
    self.offset = offset
    self.conversation = conversation
    self.seq = seq
    self.run = run
    self.parentRun = parentRun
    self.step = step
    self.agent = agent
    self.message = message
    self.at = at
    self.body = body
  }

  /// What kind of event this is, as clients read it.
  package var type: EventType { body.type }
}

/// Every kind of event the log can hold; the raw value is its name on every surface.
package enum EventType: String, Sendable, CaseIterable {
  case conversationCreated = "conversation.created"
  case conversationUpdated = "conversation.updated"
  case conversationDeleted = "conversation.deleted"
  case branchCreated = "branch.created"
  case branchSelected = "branch.selected"
  case messageCreated = "message.created"
  case messageDelta = "message.delta"
  case messageCompleted = "message.completed"
  case runQueued = "run.queued"
  case runStarted = "run.started"
  case runWaiting = "run.waiting"
  case runCompleted = "run.completed"
  case runFailed = "run.failed"
  case runStopped = "run.stopped"
  case runInterrupted = "run.interrupted"
  case stepStarted = "step.started"
  case stepCompleted = "step.completed"
  case stepFailed = "step.failed"
  case routeDecided = "route.decided"
  case toolStarted = "tool.started"
  case toolCompleted = "tool.completed"
  case toolFailed = "tool.failed"
  case attemptStarted = "attempt.started"
  case attemptCompleted = "attempt.completed"
  case attemptFailed = "attempt.failed"
  case attemptStopped = "attempt.stopped"
  case keyRotated = "key.rotated"
  case budgetReached = "budget.reached"
  case status = "status"
  case indexStarted = "index.started"
  case indexProgressed = "index.progressed"
  case indexCompleted = "index.completed"
  case indexFailed = "index.failed"
  case agentCreated = "agent.created"
  case agentUpdated = "agent.updated"
  case agentDeleted = "agent.deleted"
}
