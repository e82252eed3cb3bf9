// Package e2e proves what people are promised: its tests build the program,
// start `signet demo`, read demo.json, and walk through Signet from outside, as
// a person with a browser or an application does.
//
//	demo_test.go      the program: build, start, kill, start again
//	person_test.go    a person without a browser: real TLS, cookies, forms, any certificate
//	window_test.go    a person at Chromium, who looks at every page on a telephone, too
//	mint_test.go      certificates of the demo's CA and of strangers, right and wrong
//	party_test.go     an application, through coreos/go-oidc
//	pictures_test.go  where pictures are left, and those that the guides show
//	node_test.go      an application, through openid-client on Node.js (node/)
//
// The other files are the walks, one subject each. Their words are written out
// in both languages and not taken from the catalogues: they are what people
// read, and what guides tell them to look for.
//
// Every test has a demo of its own, so that none depends on what another did.
// Nothing sleeps and nothing is measured: a demo is ready when it says so, and a
// page when it is loaded. Pictures of the pages that Chromium was led through
// are left in the folder that SIGNET_TEST_PICTURES names, or else among the
// artifacts of the test (go test -artifacts).
package e2e
