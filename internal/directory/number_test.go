package directory_test

import (
	"strings"
	"testing"

	"signet/internal/iam"
)

func TestPersonalNumberIsAnAdministrators(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	alice, err := h.directory.CreateUser(ctx, iam.Program("test"), iam.User{Login: "anna", Number: " PNO-7 "}, "")
	if err != nil || alice.Number != "PNO-7" {
		t.Fatalf("%+v, %v", alice, err)
	}
	_, err = h.directory.CreateUser(ctx, iam.Program("test"), iam.User{Login: "ben", Number: "pno-7"}, "")
	if refused := iam.AsError(err); refused == nil || refused.Field != "number" || refused.Cause != "number_taken" {
		t.Errorf("a second one with the number: %v", err)
	}
	for what, number := range map[string]string{"too long": strings.Repeat("7", 65), "invisible": "7\u202e8"} {
		if _, err := h.directory.CreateUser(ctx, iam.Program("test"), iam.User{Login: "cleo", Number: number}, ""); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	// The person changes their name, and nothing else comes with it.
	changed := alice
	changed.Name, changed.Number, changed.Version = "Anna", "PNO-8", 0
	if err := h.directory.EditUser(ctx, iam.Caller{User: alice.ID}, changed); err != nil {
		t.Fatal(err)
	}
	got, err := h.directory.Person(ctx, alice.ID)
	if err != nil || got.Name != "Anna" || got.Number != "PNO-7" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := h.directory.EditUser(ctx, iam.Program("test"), changed); err != nil {
		t.Fatal(err)
	}
	if got, err = h.directory.Person(ctx, alice.ID); err != nil || got.Number != "PNO-8" {
		t.Errorf("%+v, %v", got, err)
	}
}
