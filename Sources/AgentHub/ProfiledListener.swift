import API
import EventEngine
import WebServer

/// One more listener of the hub, bound to a profile.
struct ProfiledListener: Sendable {
  let address: ListenAddress
  let listener: Listener
  /// What it shows; nil until the rooms are built.
  private(set) var face: ServerFace?

  /// Takes the port.
  init(_ address: ListenAddress, standardHost: String) throws(EngineError) {
    self.address = address
    listener = try Listener(host: address.host ?? standardHost, port: UInt16(address.port))
  }

  /// Makes what it shows: the routes of all listeners, with the profile's answers and errors.
  func shown(_ context: APIContext, _ hooks: ServerHooks) -> Self {
    var context = context
    var made = self
    let profile = ProfileTable.profile(named: address.profile) ?? ProfileTable.hub
    context.listener = ListenerFace(profile, port: listener.port)
    made.face = ServerFace(Router(RouteTable.routes(for: context)), hooks: hooks.showing(profile))
    return made
  }
}
