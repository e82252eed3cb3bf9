package main

import (
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/trust"
)

// TestExplainTellsWhatWouldHappen: nobody is signed in by a certificate for which an
// account would only be offered.
func TestExplainTellsWhatWouldHappen(t *testing.T) {
	alice, method := iam.User{ID: "alice", Login: "alice"}, iam.Provider{Name: "Card"}
	for want, fate := range map[string]login.Fate{
		"Card: would sign in alice\n":                    {User: alice, By: iam.TriedKey},
		"Card: would offer a new account: zoe\n":         {User: iam.User{Login: "zoe"}, By: iam.TriedCreation},
		"Card: would be refused: account_taken\n":        {Cause: login.CauseAccountTaken},
		"Card: would be refused: user_blocked (alice)\n": {User: alice, By: iam.TriedKey, Cause: login.CauseUserBlocked},
	} {
		var told strings.Builder
		if err := signInOf(method, trust.Judged{}, fate).write(&told); err != nil || !strings.Contains(told.String(), want) {
			t.Errorf("told %q (%v), want %q", told.String(), err, want)
		}
	}
}
