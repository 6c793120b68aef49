package registry

import (
	"cmp"
	"slices"
	"time"
)

// Status is how one deployment does, at the moment it was asked for.
type Status struct {
	// ID is [Entry].ID.
	ID string
	// Names are the model_names it belongs to, sorted.
	Names []string
	// Provider and Deployment are the entry's prefix and what stands after it.
	Provider, Deployment string
	// Parked says until when it is not called, and why; the zero Parking when it is free.
	Parked Parking
	// Limited is how long its rpm or tpm keep the next call away; 0 when they do not.
	Limited time.Duration
	// InFlight is how many calls it is serving.
	InFlight int
	// Served and Failed count its attempts since the registry was made.
	Served, Failed int64
}

// State tells how every deployment does: who is parked, until when and why, and who serves. Sorted by ID.
func (r *Registry) State() []Status {
	now := time.Now()
	byID := map[string]*Status{}
	var ids []string
	for _, b := range r.current.Load().backends {
		s := byID[b.entry.ID]
		if s == nil {
			s = &Status{
				ID: b.entry.ID, Provider: b.entry.Provider, Deployment: b.entry.Model,
				Limited: b.limits.Load().wait(now, 1), InFlight: int(b.inFlight.Load()),
				Served: b.served.Load(), Failed: b.failed.Load(),
			}
			if p := r.state.Parking(s.ID); p.Until.After(now) {
				s.Parked = p
			}
			byID[b.entry.ID] = s
			ids = append(ids, b.entry.ID)
		}
		if !slices.Contains(s.Names, b.entry.Name) {
			s.Names = append(s.Names, b.entry.Name)
			slices.Sort(s.Names)
		}
	}
	all := make([]Status, 0, len(ids))
	for _, id := range ids {
		all = append(all, *byID[id])
	}
	slices.SortFunc(all, func(a, b Status) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
