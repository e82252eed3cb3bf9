package login

// Causes of refusals that only a certificate told by a proxy can have. Its
// method decides them; they stand here, where the rooms meet. Each has a page:
// "refusal.<cause>" in the catalogue.
const (
	CauseUntrustedPeer      = "header_untrusted_peer" // whoever delivered the headers has not proved to be the proxy
	CauseHeaderDuplicate    = "header_duplicate"      // said twice: one of them is not the proxy's
	CauseHeaderMalformed    = "header_malformed"      // not what the proxy writes, or it contradicts itself
	CauseProxyNotVerified   = "proxy_not_verified"    // the proxy says nothing of a verification, or that it failed
	CauseCertificateMissing = "certificate_not_forwarded"
)

// ProxyCauses lists them.
func ProxyCauses() []string {
	return []string{CauseUntrustedPeer, CauseHeaderDuplicate, CauseHeaderMalformed, CauseProxyNotVerified, CauseCertificateMissing}
}
