package registry

import (
	"sync"
	"time"
)

// Parking says until when a deployment is not called, and why.
type Parking struct {
	// Until is when it may be called again. The zero time, or one that has passed, means that it is not parked.
	Until time.Time
	// Reason is one line for people, such as "429: retry after 2s". It holds no secret.
	Reason string
}

// State keeps which deployments are parked, by [Entry].ID. Every call through a registry reads it before it chooses, so
// Parking must answer from memory and neither method may wait for a network. Implementations are safe for concurrent
// use. The default keeps everything in this process; the module adapters/registry/redisstate shares it between machines.
type State interface {
	// Parking returns what is known of a deployment, the zero Parking when nothing is.
	Parking(id string) Parking
	// Park records a parking. One that ends earlier than the one on record changes nothing.
	Park(id string, p Parking)
}

// memory is the State of one process. The zero value is ready.
type memory struct{ parked sync.Map } // id -> Parking

func (m *memory) Parking(id string) Parking {
	p, ok := m.parked.Load(id)
	if !ok {
		return Parking{}
	}
	return p.(Parking)
}

func (m *memory) Park(id string, p Parking) {
	for {
		old, known := m.parked.LoadOrStore(id, p)
		if !known || !old.(Parking).Until.Before(p.Until) || m.parked.CompareAndSwap(id, old, p) {
			return
		}
	}
}
