// Package console owns the pages on which an installation is administered. Each
// noun has its file, and each page stands in one iam.Scope, so that the consoles
// of organizations and applications are these pages and not others.
//
//	/admin                     people, or what the caller may see
//	/admin/settings            what holds for all of Signet
//	/admin/settings/general    its name, language, accounts, passwords, sessions
//	/admin/organizations[/new] organizations: find and create
//	/organizations/{org}[/…]   one organization: its dashboard, applications, members, events, settings
//	/admin/methods[/…]         login methods: create, switch on, arrange, delete
//	/admin/applications[/…]    applications: find, create
//	/applications              those that the caller administers, where it is not all
//	/applications/{app}[/…]    one of them, with /methods as above
//	/admin/users[/…]           people: find, look at, block, sign out
//	/admin/events[/{id}]       what happened
//	/applications/{app}/administrators[/…]  who administers one application
//	/invitation[s/{secret}]    who invites to what; accept or decline
//	/setup/{secret}            the first administrator, by a link that works once
//
// It decides nothing: rule rooms ask the permission and write the event. Beside
// that, whoever administers nothing is told that there is nothing here, because
// that a console exists is no concern of theirs.
package console
