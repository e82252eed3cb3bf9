package iam_test

import (
	"slices"
	"testing"

	"signet/internal/iam"
)

func TestLoginsOfOneScript(t *testing.T) {
	for login, one := range map[string]bool{
		"alice": true, "zoé.roux-2": true, "алиса": true, "иван.петров": true, "田中さくら": true, "김철수": true, "4711": true, "": true,
		"иван@clinic.example": true, "иван@почта.example": true, "νίκος": true,
		"аlice": false, "alicе": false, "αlice": false, "ivan.иван": false, "alice@сlinic.example": false, "alice@a@сlinic": false,
		"かな한글": false, "aликe": false,
	} {
		if iam.OneScript(login) != one {
			t.Errorf("%q: %v", login, !one)
		}
	}
}

func TestLoginsThatReadTheSame(t *testing.T) {
	for login, want := range map[string]string{
		"соре": "cope", "cope": "соре", "bob": "ВОВ", "ВОВ": "BOB", "kovi": "κονι", "cope2@clinic.example": "соре2@clinic.example",
	} {
		if all := iam.Alike(login); !slices.Contains(all, want) {
			t.Errorf("%q: %q without %q", login, all, want)
		}
	}
	for _, login := range []string{"zürg", "алиса", "4711", "", "@"} {
		if all := iam.Alike(login); len(all) > 0 {
			t.Errorf("%q reads like %q", login, all)
		}
	}
}
