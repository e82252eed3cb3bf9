// Package signing owns the keys that sign tokens: it makes, publishes, rotates
// and retires them, and signs and verifies with them.
//
//	published                signs                     published, signs no longer
//	├────── Ahead ──────┤├────────── Every ──────────┤├────── Keep ──────┤
//	made                 ActiveFrom                    RetiredAt          ExpiresAt
//
// A key is published before it signs, so that a relying party that keeps our
// keys for hours never meets a token of a key it does not know. Afterwards it is
// published until the last token that it signed has expired, and known here for
// a while longer, because people sign out with ID tokens that expired long ago.
//
// Private keys are sealed with the installation's master key; a copy of the
// database signs nothing. All nodes see the same keys: they are made in a
// serializable transaction, and which one signs follows from the rows and the
// time alone.
package signing
