import EventEngine
import Glibc
import TestKit
import Testing

@Suite struct SignalSourceTests {
  @Test func `A signal arrives on the loop's thread`() throws {
    // Blocked on this thread only, and sent to it: the other threads of the test process never see it.
    let source = try SignalSource([SIGUSR1])
    let loops = try TestLoops()
    let seen = Recorder<(signal: Int32, onLoop: Bool)>()
    source.watch(on: loops.first) { loop, signal in seen.record((signal, loop.outside.isCurrent)) }
    let target = loops.inside { _ in pthread_self() }
    pthread_kill(try #require(target), SIGUSR1)
    let all = seen.wait()
    #expect(all.first?.signal == SIGUSR1)
    #expect(all.first?.onLoop == true)
  }
}
