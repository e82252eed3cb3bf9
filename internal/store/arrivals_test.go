package store_test

import (
	"fmt"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func arrival(change func(*iam.Arrival)) iam.Arrival {
	a := iam.Arrival{
		Node: "one", Listener: iam.ListenerProxy, Address: "127.0.0.1:8080", Peer: "127.0.0.1", Kind: iam.ArrivalCertificate,
		Outcome: iam.ArrivalAccepted, Cause: iam.ArrivalShown, Headers: []string{"B"}, Count: 2, First: at(0), Last: at(time.Second),
	}
	if change != nil {
		change(&a)
	}
	return a
}

func TestArrivalsAddUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		later := arrival(func(a *iam.Arrival) {
			a.Headers, a.Count, a.First, a.Last = []string{"C", "A"}, 3, at(time.Minute), at(time.Hour)
		})
		other := arrival(func(a *iam.Arrival) { a.Node = "two" })
		do(t, db, func(tx *store.Tx) error {
			for _, a := range []iam.Arrival{arrival(nil), later, other} {
				if err := tx.AddArrival(a); err != nil {
					return err
				}
			}
			return nil
		})
		all := read(t, db, func(tx *store.Tx) ([]iam.Arrival, error) { return tx.Arrivals(10) })
		sum := arrival(func(a *iam.Arrival) { a.Headers, a.Count, a.Last = []string{"A", "B", "C"}, 5, at(time.Hour) })
		wantEqual(t, "arrivals of two nodes", all, []iam.Arrival{sum, other})
	})
}

// TestOldNodesHideNoNewOne: containers are called otherwise at each start.
func TestOldNodesHideNoNewOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		do(t, db, func(tx *store.Tx) error {
			for n := range 12 {
				if err := tx.AddArrival(arrival(func(a *iam.Arrival) { a.Node, a.Last = fmt.Sprintf("node-%02d", n), at(time.Duration(n)*time.Minute) })); err != nil {
					return err
				}
			}
			return nil
		})
		all := read(t, db, func(tx *store.Tx) ([]iam.Arrival, error) { return tx.Arrivals(10) })
		if len(all) != 10 || all[0].Node != "node-02" || all[9].Node != "node-11" {
			t.Errorf("%d arrivals, first of %s and last of %s", len(all), all[0].Node, all[len(all)-1].Node)
		}
	})
}

func TestArrivalsAreBoundAndForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		do(t, db, func(tx *store.Tx) error {
			for n := range 40 {
				stranger := arrival(func(a *iam.Arrival) {
					a.Peer, a.Outcome, a.Cause, a.Last = fmt.Sprintf("192.0.2.%d", n), iam.ArrivalRefused, iam.ArrivalNoSecret, at(time.Duration(n)*time.Minute)
				})
				if err := tx.AddArrival(stranger); err != nil {
					return err
				}
			}
			for _, a := range []iam.Arrival{arrival(nil), arrival(func(a *iam.Arrival) { a.Node = "two" })} {
				if err := tx.AddArrival(a); err != nil {
					return err
				}
			}
			return tx.BoundArrivals("one", 8)
		})
		all := read(t, db, func(tx *store.Tx) ([]iam.Arrival, error) { return tx.Arrivals(100) })
		kept, accepted := 0, 0
		for _, a := range all {
			switch {
			case a.Outcome == iam.ArrivalAccepted:
				accepted++
			case a.Last.Before(at(32 * time.Minute)):
				t.Errorf("the peer of %s was kept, although newer ones were not", a.Last)
			default:
				kept++
			}
		}
		if kept != 8 || accepted != 2 {
			t.Errorf("%d strangers and %d proxies are known, want 8 and 2", kept, accepted)
		}
		do(t, db, func(tx *store.Tx) error {
			return tx.AddArrival(arrival(func(a *iam.Arrival) { a.Node, a.Last = "three", tx.Now().Add(-8*24*time.Hour) }))
		})
		sweep(t, db)
		for _, a := range read(t, db, func(tx *store.Tx) ([]iam.Arrival, error) { return tx.Arrivals(100) }) {
			if a.Node == "three" {
				t.Error("what came a week ago is not forgotten")
			}
		}
	})
}

func TestEveryListenerIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		listeners := []iam.ArrivalListener{iam.ListenerMain, iam.ListenerCertificate, iam.ListenerProxy, iam.ListenerClients}
		do(t, db, func(tx *store.Tx) error {
			for _, l := range listeners {
				if err := tx.AddArrival(arrival(func(a *iam.Arrival) { a.Listener = l })); err != nil {
					return err
				}
			}
			return nil
		})
		if all := read(t, db, func(tx *store.Tx) ([]iam.Arrival, error) { return tx.Arrivals(10) }); len(all) != len(listeners) {
			t.Errorf("%d of %d listeners are kept", len(all), len(listeners))
		}
	})
}
