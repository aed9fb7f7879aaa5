// Package pubsub publishes typed values by topic.
//
//	pub, err := pubsub.NewPublisher[Report](sys, pubsub.WithSocket(zsock.WithBind("tcp://127.0.0.1:5556")))
//	err = pub.WaitSubscribers(ctx, "10001", 1)
//	err = pub.Publish(ctx, "10001", Report{...})
//
//	sub, err := pubsub.NewSubscriber[Report](sys, []string{"10001"}, pubsub.WithSocket(zsock.WithConnect(...)))
//	for event, err := range sub.All(ctx) { ... }
//
// # What is promised
//
// Delivery is at most once, to those who subscribed before. A subscriber takes all topics that begin with what it subscribed
// to; that is libzmq's rule.
//
// A subscriber that reads too slowly fills its high-water mark. By default the publisher then takes nothing more: Publish
// waits as long as its context allows, and other subscribers wait along, until the slow one has caught up or its connection is
// given up. WithDrop chooses libzmq's own way instead: the slow subscriber misses values, in silence, and nobody waits.
//
// A codec that fails, by a panic even, costs its value: Publish or Recv returns the error. Errors name topic and endpoint, and are
// ErrClosed after Close. Stats of both sides account for every value.
//
// # On the wire
//
// A value is two frames, the topic and the payload that the codec makes, JSON by default. A message of another shape is an
// error of Recv, and the stream goes on.
package pubsub
