package iam

import "time"

// EventKind names something that happened. The catalogue has a sentence for
// each under "event.<kind>".
type EventKind string

// The events.
const (
	EventSignedIn          EventKind = "sign_in.completed"
	EventSignInRefused     EventKind = "sign_in.refused"
	EventAttemptStarted    EventKind = "attempt.started"
	EventIdentityLinked    EventKind = "identity.linked"
	EventIdentityRefused   EventKind = "identity.link_refused"
	EventIdentityRenewed   EventKind = "identity.renewed" // a renewed certificate was linked beside the old one
	EventIdentityRemoved   EventKind = "identity.removed"
	EventIdentityChanged   EventKind = "identity.changed"
	EventIdentityAnnounced EventKind = "identity.announced" // a certificate of a person, by an administrator, before it was shown
	EventSessionEnded      EventKind = "session.ended"
	EventConsentGiven      EventKind = "consent.given"
	EventConsentRefused    EventKind = "consent.refused"
	EventConsentWithdrawn  EventKind = "consent.withdrawn"
	EventTokenReuse        EventKind = "token.reuse_detected"
	EventTokenRefused      EventKind = "token.refused"
	EventLogoutGivenUp     EventKind = "logout.given_up" // an application could not be told that a session ended
	EventTokenRevoked      EventKind = "token.revoked"   // by the application (RFC 7009)
	EventHeaderRefused     EventKind = "header.refused"
	EventUserCreated       EventKind = "user.created"
	EventSignUpRefused     EventKind = "user.sign_up_refused" // a stranger could not make an account
	EventUserChanged       EventKind = "user.changed"
	EventUserBlocked       EventKind = "user.blocked"
	EventUserUnblocked     EventKind = "user.unblocked"
	EventUserDeleted       EventKind = "user.deleted"  // in the grace period
	EventUserRestored      EventKind = "user.restored" // in the grace period
	EventUserPurged        EventKind = "user.purged"   // after it
	EventPasswordLinkMade  EventKind = "password.link_made"
	EventEventsExported    EventKind = "events.exported"
	EventPasswordChanged   EventKind = "password.changed"
	EventRoleChanged       EventKind = "role.changed"
	EventAppCreated        EventKind = "application.created"
	EventAppChanged        EventKind = "application.changed"
	EventAppDeleted        EventKind = "application.deleted"
	EventAppPersonEnded    EventKind = "application.person_ended" // signed out of one application
	EventAppPersonBlocked  EventKind = "application.person_blocked"
	EventAppPersonAllowed  EventKind = "application.person_allowed" // no longer blocked there
	EventOrgCreated        EventKind = "organization.created"
	EventOrgChanged        EventKind = "organization.changed"
	EventOrgDeleted        EventKind = "organization.deleted"
	EventInvitationMade    EventKind = "invitation.made"
	EventInvitationTaken   EventKind = "invitation.accepted"
	EventInvitationRefused EventKind = "invitation.declined"
	EventInvitationRevoked EventKind = "invitation.revoked"
	EventSettingsChanged   EventKind = "settings.changed"
	EventProviderCreated   EventKind = "provider.created"
	EventProviderChanged   EventKind = "provider.changed"
	EventProviderSwitched  EventKind = "provider.switched"
	EventProviderDeleted   EventKind = "provider.deleted"
	EventProviderTested    EventKind = "provider.tested" // by an administrator, without any effect
	EventWidgetChanged     EventKind = "widget.changed"  // how the sign-in form looks
	EventSetupLinkMade     EventKind = "setup.link_made"
	EventSetupDone         EventKind = "setup.done"
	EventSigningKeyRotated EventKind = "signing_key.rotated"
	EventActionRefused     EventKind = "action.refused"   // a permission was missing
	EventRefusalsOmitted   EventKind = "refusals.omitted" // too many from one address to write each
)

// What is told of revocation and of local blocks.
const (
	EventCertificateRevoked   EventKind = "certificate.revoked" // its CA has withdrawn a linked one
	EventCertificateBlocked   EventKind = "certificate.blocked"
	EventCertificateUnblocked EventKind = "certificate.unblocked"
	EventCertificateIssued    EventKind = "certificate.issued" // by Signet's own authority
	EventAuthorityMade        EventKind = "authority.made"
	EventAuthorityChanged     EventKind = "authority.changed"   // to whom it gives certificates
	EventListReceived         EventKind = "revocation.received" // by an administrator's hand, or again after a failure
	EventListRefused          EventKind = "revocation.refused"
)

// EventAnnouncementWithdrawn tells that what was announced is taken back.
const EventAnnouncementWithdrawn EventKind = "identity.announcement_withdrawn"

// What is told of mail, and of what a message is sent about.
const (
	EventIdentityFirstUsed EventKind = "identity.first_used" // or the first use of another certificate with its key
	EventEmailAsked        EventKind = "email.asked"         // a link to confirm the address was sent to it
	EventEmailConfirmed    EventKind = "email.confirmed"
	EventLinkMailed        EventKind = "mail.link_sent" // a one-time link that an administrator made
	EventMailChanged       EventKind = "mail.settings_changed"
	EventMailTested        EventKind = "mail.tested"
	EventMailRetried       EventKind = "mail.retried"
	EventMailFailed        EventKind = "mail.failed" // a message was given up
)

// EventKinds lists every kind, for filters and for the test of the catalogue.
func EventKinds() []EventKind {
	return []EventKind{
		EventSignedIn, EventSignInRefused, EventAttemptStarted,
		EventIdentityLinked, EventIdentityRefused, EventIdentityRenewed, EventIdentityRemoved, EventIdentityChanged,
		EventIdentityAnnounced, EventAnnouncementWithdrawn,
		EventSessionEnded, EventConsentGiven, EventConsentRefused, EventConsentWithdrawn,
		EventTokenReuse, EventTokenRefused, EventTokenRevoked, EventLogoutGivenUp, EventHeaderRefused,
		EventUserCreated, EventSignUpRefused, EventUserChanged, EventUserBlocked, EventUserUnblocked,
		EventUserDeleted, EventUserRestored, EventUserPurged, EventPasswordLinkMade, EventEventsExported,
		EventPasswordChanged, EventRoleChanged, EventAppCreated, EventAppChanged,
		EventAppDeleted, EventAppPersonEnded, EventAppPersonBlocked, EventAppPersonAllowed,
		EventOrgCreated, EventOrgChanged, EventOrgDeleted,
		EventInvitationMade, EventInvitationTaken, EventInvitationRefused, EventInvitationRevoked, EventSettingsChanged,
		EventProviderCreated, EventProviderChanged, EventProviderSwitched,
		EventProviderDeleted, EventProviderTested, EventWidgetChanged,
		EventSetupLinkMade, EventSetupDone, EventSigningKeyRotated, EventActionRefused, EventRefusalsOmitted,
		EventCertificateRevoked, EventCertificateBlocked, EventCertificateUnblocked, EventCertificateIssued, EventAuthorityMade, EventAuthorityChanged, EventListReceived, EventListRefused,
		EventIdentityFirstUsed, EventEmailAsked, EventEmailConfirmed, EventLinkMailed, EventMailChanged, EventMailTested, EventMailRetried, EventMailFailed,
	}
}

// Outcome says how an event ended.
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"
	OutcomeRefused Outcome = "refused"
)

// Event is one line of the event log. It is written in the transaction of what
// it tells, so that neither exists without the other.
type Event struct {
	ID          string // sorts by time
	At          time.Time
	Kind        EventKind
	Outcome     Outcome
	Cause       string // of a refusal
	Actor       UserID // who did it; empty for the program and for visitors
	User        UserID // whom it is about
	UserLogin   string // how they were called then
	App         AppID
	Org         OrgID
	Provider    ProviderID
	Identity    IdentityID
	Session     SessionID
	Attempt     AttemptID
	Request     string
	Address     string
	UserAgent   string
	Certificate *Certificate
	Details     map[string]string
}

// EventFilter chooses events for a page. Zero fields choose all.
type EventFilter struct {
	User    UserID // as actor or as the one it is about
	Login   string // as the event has it, for readers who may not look people up
	App     AppID
	Org     OrgID
	Kind    EventKind
	Outcome Outcome
	Attempt AttemptID
	From    time.Time
	Until   time.Time
	Before  string // id of the last event of the page before
	Limit   int
}
