import Testing

/// Tests that load the machine, one after the other.
@Suite(.serialized) struct HeavyTests {}
