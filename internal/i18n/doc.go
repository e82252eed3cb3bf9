// Package i18n owns every sentence that people read and the way dates, times
// and numbers are written in their language. Code carries keys, such as
// "signin.title"; a Printer turns them into words.
//
// The words stand in catalogue/<room>.<language>.json, one file per room and
// language, each a flat object from key to sentence, or to an object of plural
// forms:
//
//	{
//	  "signin.title": "Sign in to {{.App}}",
//	  "signin.tries": {"one": "{{.Count}} try left", "other": "{{.Count}} tries left"}
//	}
//
// A sentence holds words and {{.Name}} places, nothing else: it cannot call,
// branch or carry markup, so a translation can be wrong but never dangerous.
//
// The test of this package reads the whole repository and finds keys that are
// used and not written, and written and not used. Keys that are built while
// the program runs are announced where they are built (see keys_test.go):
//
//	//i18n:keys refusal.* cert.Cause
//	//i18n:keys locale.month.* 1 2 3
//
// i18n is ground: it imports nothing of ours.
package i18n
