// Package profile owns a person's own pages: what is known of them, the
// identifiers with which they sign in, where they are signed in, what they gave
// to applications, and what happened.
//
//	/profile                          who I am, my identifiers, password, language
//	/profile/edit, /profile/password  forms
//	/profile/identifiers/add          hands over to signin: POST /signin/link
//	/profile/identifiers/{id}[/…]     one identifier; who sees it; remove it
//	/profile/sessions[/…]             where I am signed in; end it
//	/profile/consents[/…]             what applications got; withdraw it
//	/profile/events[/{event}]         what happened
//	/help/certificates                how a certificate gets into the browser
//
// It decides nothing: every form is a call to a rule room, with the caller of
// the request. What cannot be taken back is asked on a page of its own, so that
// it works without scripts and can be reached by keyboard.
package profile
