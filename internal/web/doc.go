// Package web is the ground that every page and endpoint stands on: what
// happens to each request before a room sees it, and how a page is drawn.
//
//	request → Harden: record, recovery, client address, headers, caps,
//	                  cross-origin protection → mux → room
//	room    → Page.Show (HTML), Fail (an error, HTML or JSON)
//
// It owns the middleware, the record of a request, cookies, the choice of the
// language, the page engine with its layouts and components (page/), the
// static files (static/), the look of Signet and the gallery that shows it.
// It decides nothing about people or applications: rooms hand it what to show.
package web
