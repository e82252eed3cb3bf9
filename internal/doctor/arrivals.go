package doctor

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/store"
)

// Bounds of what is remembered of peers. Strangers can come from many addresses,
// and each listener, kind and outcome has a share of its own, so that they push
// nothing else out.
const (
	maxPeers    = 16  // of one share, between two writes to the store and in it
	maxArrivals = 500 // that are read, of all nodes
)

// Arrivals counts which headers came to this node from which peer, and writes
// that down in the store, where a doctor on any machine reads it. It keeps names
// and counts only. The zero value with DB, Node and Now is ready.
type Arrivals struct {
	DB   *store.DB
	Node string // the name of this machine
	Now  func() time.Time

	mu    sync.Mutex
	since map[arrivalKey]*iam.Arrival // what was not written yet; under mu
	peers map[share]int               // of each share in since; under mu
}

type arrivalKey struct {
	listener iam.ArrivalListener
	address  string
	peer     string
	kind     iam.ArrivalKind
	outcome  iam.ArrivalOutcome
	cause    iam.ArrivalCause
}

// share is within what peers compete for a place.
type share struct {
	listener iam.ArrivalListener
	kind     iam.ArrivalKind
	outcome  iam.ArrivalOutcome
}

// Note counts headers that arrived. Peer is the address of the connection.
func (a *Arrivals) Note(listener iam.ArrivalListener, address, peer string, kind iam.ArrivalKind, names []string, outcome iam.ArrivalOutcome, cause iam.ArrivalCause) {
	key, of, now := arrivalKey{listener, address, PeerOf(peer), kind, outcome, cause}, share{listener, kind, outcome}, a.Now().UTC()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since == nil {
		a.since, a.peers = map[arrivalKey]*iam.Arrival{}, map[share]int{}
	}
	one := a.since[key]
	if one == nil && a.peers[of] >= maxPeers {
		key.peer = "" // one for all who are too many
		one = a.since[key]
	}
	if one == nil {
		one = &iam.Arrival{
			Node: a.Node, Listener: listener, Address: address, Peer: key.peer, Kind: kind, Outcome: outcome, Cause: cause, First: now,
		}
		a.since[key] = one
		a.peers[of]++
	}
	one.Count, one.Last = one.Count+1, now
	for _, name := range names {
		if !slices.Contains(one.Headers, name) {
			one.Headers = append(one.Headers, name)
		}
	}
}

// PeerOf is how the other end of a connection is called: its address without the
// port, which says nothing.
func PeerOf(remote string) string {
	if at, err := netip.ParseAddrPort(remote); err == nil {
		return at.Addr().Unmap().WithZone("").String()
	}
	return iam.PeerSocket
}

// Write writes down what arrived since the last time.
func (a *Arrivals) Write(ctx context.Context) error {
	a.mu.Lock()
	since := a.since
	a.since, a.peers = nil, nil
	a.mu.Unlock()
	if len(since) == 0 {
		return nil
	}
	// Where the database does not answer the counts are lost: kept, they would only
	// grow.
	return a.DB.Update(ctx, func(tx *store.Tx) error {
		for _, one := range since {
			if err := tx.AddArrival(*one); err != nil {
				return err
			}
		}
		return tx.BoundArrivals(a.Node, maxPeers+1) // and one for all others
	})
}

// Headers returns what arrived, at all nodes.
func (i Installation) Headers(ctx context.Context) (all []iam.Arrival, err error) {
	if i.Arrivals != nil {
		if err := i.Arrivals.Write(ctx); err != nil {
			return nil, err
		}
	}
	err = i.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Arrivals(maxArrivals)
		return err
	})
	for n := range all {
		for _, form := range certificate.FormsOf(all[n].Headers) {
			all[n].Forms = append(all[n].Forms, string(form))
		}
	}
	return all, err
}
