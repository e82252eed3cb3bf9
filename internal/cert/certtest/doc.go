// Package certtest makes certificate authorities and certificates for tests, in
// memory, right ones and wrong ones. The zero value of every spec is a good one:
//
//	ca := certtest.NewCA(t, certtest.CASpec{})
//	alice := ca.Issue(t, certtest.Spec{CN: "alice"})
//	stale := ca.Issue(t, certtest.Spec{CN: "dave"}, certtest.Expired)
//	deep := ca.Deep(t, 4).Issue(t, certtest.Spec{})
//	other := ca.Twin(t).Issue(t, certtest.Spec{CN: "alice"}) // same names, other key
//
//	ca.go       authorities: roots, intermediates, twins, cross-signed and renewed ones
//	leaf.go     certificates of people, with key and chain, as PEM, PKCS#12 and for TLS
//	defect.go   one defect each
//	name.go     distinguished names in any encoding, and hostile texts
//	key.go      keys, cheap ones by default
//
// Nothing made here is secret, and nothing but tests may import it.
package certtest
