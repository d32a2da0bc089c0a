import Glibc

/// The process. `main` is synchronous: an async one parks the main thread with every signal unblocked, and a
/// SIGTERM then kills the process instead of reaching the loop's signal descriptor.
@main
enum Main {
  static func main() {
    let runner = CommandLineRunner(input: .current, terminal: .standard, hub: Composition())
    exit(runner.run().rawValue)
  }
}
