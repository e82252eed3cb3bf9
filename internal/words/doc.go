// Package words puts what Signet keeps into the words of the person who reads
// it: an event of the log, the facts of a certificate, the device behind a
// User-Agent header. The profile and the consoles show the same things, and
// front rooms do not import each other; what they share in showing stands here.
//
// It owns the catalogue "event". It reads nothing: rooms hand it the nouns and
// the names that go with them.
package words
