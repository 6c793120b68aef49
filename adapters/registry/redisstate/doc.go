// Package redisstate lets the replicas of a service share, through Redis, which deployments are parked: one replica that
// is told "429, retry after 20s" spares the others the same answer. [State] is a registry.State.
//
// # What is shared
//
// One sorted set, under [Options].Key. Each member is one parking: when it ends on the clock of Redis, why, and the id of the
// deployment; its score is that end. Members are added and never edited, and for each id the latest end counts, so that the
// order in which replicas write does not matter and an earlier end never replaces a later one. Nothing else is shared: no
// prompts, no keys, no counters.
//
// Replicas need not agree on the time. Each exchange reads the clock of Redis in the same transaction as the set, and
// what travels between machines is the time that remains. It never ends early elsewhere, and late by the exchange at most.
//
// # How stale it may be
//
// A call through the registry never waits for Redis: [State.Parking] answers from memory, and [State.Park] counts here at
// once. Another replica sees it at its next reading, one [Options].Refresh (a second) and a round trip later at most. A new
// State knows nothing until its first reading ends, which begins with [New] and is not waited for.
//
// # When Redis is down
//
// Each replica goes on with what it parked itself and what it read last, both of which end by themselves. One warning
// is logged when an outage begins and one line when it ends, not one per call. What a replica parked and Redis does not
// hold (it was never written, or was lost in a restart or a failover) is written again as long as it lasts. For the
// same reason deleting the key does not unpark a deployment; its parking ends at its time.
//
// # Bounds
//
// A parking is shared for at most 24 hours, and an end further ahead that is read from Redis counts as 24 hours. The set
// holds at most 10,000 parkings, the key expires 25 hours after the last writing, and whoever writes removes what has
// ended. Reasons from Redis are made one printable line of at most 200 bytes. Ids longer than 1 KiB stay in memory.
//
// # What Redis must offer
//
// Commands that Redis 5.0 had already, so that Azure Cache for Redis (6.0) serves as well as later services. A cluster
// works, for one key lies in one slot; a *redis.Ring does not, for it sends a transaction to several servers. There are
// no scripts, no KEYS and no subscriptions. A user limited by an ACL needs this, where the key is the default one:
//
//	~azureadv1:parked +multi +exec +time +zrevrangebyscore +zadd +zrem +zremrangebyscore +zremrangebyrank +pexpire
//
// beside what the client itself sends when it connects (HELLO and CLIENT; in a cluster also CLUSTER). Whoever may write the
// key can park deployments for everyone, and can do nothing else with it.
package redisstate
