import EventEngine
import Testing

@Suite struct TimerQueueTests {
  @Test func `Actions come out by deadline, equal ones in the order they went in`() {
    var queue = TimerQueue<String>()
    _ = queue.add(at: 30, "c")
    _ = queue.add(at: 10, "a1")
    _ = queue.add(at: 20, "b")
    _ = queue.add(at: 10, "a2")
    #expect(queue.nextDeadline == 10)
    let early = queue.takeDue(at: 9)
    #expect(early == nil)
    let taken = (0..<5).map { _ in queue.takeDue(at: 30) }
    #expect(taken == ["a1", "a2", "b", "c", nil])
    #expect(queue.count == 0)
  }

  @Test func `A cancelled action never comes out, and its token does not cancel a later one`() {
    var queue = TimerQueue<String>()
    let first = queue.add(at: 10, "first")
    var answers = [queue.cancel(first), queue.cancel(first)]
    let second = queue.add(at: 20, "second")
    answers.append(queue.cancel(first))
    let taken = queue.takeDue(at: 20)
    answers.append(queue.cancel(second))
    #expect(answers == ["first", nil, nil, nil])
    #expect(taken == "second")
  }

  @Test func `A random walk agrees with a sorted list`() {
    var random = SystemRandomNumberGenerator()
    var queue = TimerQueue<Int>()
    var model: [(deadline: UInt64, number: Int, token: TimerToken)] = []
    var now: UInt64 = 0
    for number in 0..<5000 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        let deadline = now + .random(in: 0..<50, using: &random)
        model.append((deadline, number, queue.add(at: deadline, number)))
      case 2:
        guard let index = model.indices.randomElement(using: &random) else { continue }
        let entry = model.remove(at: index)
        let cancelled = queue.cancel(entry.token)
        #expect(cancelled == entry.number)
      default:
        now += .random(in: 0..<20, using: &random)
        let due = model.filter { $0.deadline <= now }.sorted {
          ($0.deadline, $0.number) < ($1.deadline, $1.number)
        }
        var taken: [Int] = []
        while let action = queue.takeDue(at: now) { taken.append(action) }
        #expect(taken == due.map(\.number))
        model.removeAll { $0.deadline <= now }
      }
      #expect(queue.count == model.count)
      #expect(queue.nextDeadline == model.map(\.deadline).min())
    }
  }
}
