package store

import (
	"fmt"
	"slices"

	"signet/internal/iam"
)

const arrivalColumns = `node, listener, address, peer, kind, outcome, cause, headers_json, count, first_at, last_at`

func scanArrival(r row) (a iam.Arrival, err error) {
	return a, r.Scan(&a.Node, &a.Listener, &a.Address, &a.Peer, &a.Kind, &a.Outcome, &a.Cause, fromJSON{&a.Headers}, &a.Count, stamp{&a.First}, stamp{&a.Last})
}

// AddArrival adds what came to a listener to what is known of the same peer.
// Only the node that it is about writes it.
func (tx *Tx) AddArrival(a iam.Arrival) error {
	known, err := many(tx, "arrivals", scanArrival, `SELECT `+arrivalColumns+` FROM arrivals
		WHERE node = $1 AND listener = $2 AND address = $3 AND peer = $4 AND kind = $5 AND outcome = $6 AND cause = $7`,
		a.Node, string(a.Listener), a.Address, a.Peer, string(a.Kind), string(a.Outcome), string(a.Cause))
	if err != nil {
		return err
	}
	for _, k := range known {
		a.Headers = append(slices.Clone(a.Headers), k.Headers...)
	}
	slices.Sort(a.Headers)
	a.Headers = slices.Compact(a.Headers)
	return tx.insert("arrival", `INSERT INTO arrivals (`+arrivalColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (node, listener, address, peer, kind, outcome, cause) DO UPDATE SET
			headers_json = excluded.headers_json, count = arrivals.count + excluded.count, last_at = excluded.last_at`,
		a.Node, string(a.Listener), a.Address, a.Peer, string(a.Kind), string(a.Outcome), string(a.Cause), jsonText(a.Headers), a.Count, micros(a.First), micros(a.Last))
}

// BoundArrivals forgets what a node knows of peers beyond so many for each
// listener, kind and outcome, those of long ago first: strangers can come from
// many addresses. What was accepted is never pushed out by what was not.
func (tx *Tx) BoundArrivals(node string, most int) error {
	_, err := tx.exec(`DELETE FROM arrivals WHERE node = $1 AND (listener, address, peer, kind, outcome, cause) IN (
		SELECT listener, address, peer, kind, outcome, cause FROM (
			SELECT listener, address, peer, kind, outcome, cause, ROW_NUMBER() OVER (PARTITION BY listener, kind, outcome ORDER BY last_at DESC, peer, address, cause) AS place
			FROM arrivals WHERE node = $1
		) AS ranked WHERE place > $2)`, node, most)
	if err != nil {
		return fmt.Errorf("bound arrivals: %w", err)
	}
	return nil
}

// Arrivals returns what came to the listeners of all nodes, node by node, the
// latest of each listener first. Beyond the limit what is oldest is left out:
// containers have a new name at each start, and those of before say least.
func (tx *Tx) Arrivals(limit int) ([]iam.Arrival, error) {
	return many(tx, "arrivals", scanArrival, `SELECT `+arrivalColumns+` FROM (
		SELECT `+arrivalColumns+` FROM arrivals ORDER BY last_at DESC, node, listener, address, peer, kind, outcome, cause LIMIT $1
	) AS latest ORDER BY node, listener DESC, address, last_at DESC, peer, kind, outcome, cause`, limit)
}
