// Package patterns has what the typed topologies below it share: the [Codec] that turns their values into frames.
//
//   - patterns/reqrep: typed requests and replies, many in flight
//   - patterns/pubsub: typed publishing by topic
//   - patterns/pipeline: ventilator, workers and sink, at least once
package patterns
