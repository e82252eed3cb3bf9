// Package certificate owns the certificate host: the only place that asks a
// browser for a client certificate. It proves; whose the certificate is and what
// that is wanted for, login decides.
//
//	hosts.go     names of the certificate host, one for each attempt where DNS allows
//	tls.go       what the listener asks for, and which CAs it names
//	listener.go  how much a client may send
//	handler.go   which requests are answered at all, and the way back
//	attempt.go   one attempt: ticket and chain in, evidence or refusal out
//	record.go    one line of the log for each request
//
//	forwarded.go        the proxy listener: certificates from headers, proved first
//	forwarded_form.go   the forms of headers; forwarded_nginx.go … one each
//	forwarded_name.go   names as nginx writes them
//	forwarded_watch.go  such headers where nobody may send them
//
// Its invariants:
//
// A certificate comes from the connection that carries the request, on the proxy
// listener from a proxy that has proved itself, and from nowhere else; the proof that its holder has the key is TLS's (CertificateVerify,
// RFC 8446, section 4.4.3). Trust is decided per request, in the handler, against
// the method that the ticket was made for. The listener itself verifies no chain,
// so that a refusal can be a page and not a broken connection.
//
// No handshake is ever resumed: a resumed one would hide another choice of
// certificate, and a withdrawal (CVE-2025-23419, CVE-2025-68121). A connection
// carries one request.
//
// The way back is the main host's configured address, whatever the request says
// (CVE-2025-64101), and the answer to a person is always that redirect.
package certificate
