package iam

// Appearance is how the sign-in form looks, as far as one scope decides it. What
// is empty comes from the scope above.
type Appearance struct {
	// Title stands above the form; APP_NAME in it is the name of the application.
	Title string `json:"title,omitempty"`
	// Logo stands above the title.
	Logo PictureID `json:"logo,omitempty"`
	// Cover is the picture behind the form, and CoverMode what it means to the
	// scopes below.
	Cover     PictureID `json:"cover,omitempty"`
	CoverMode CoverMode `json:"cover_mode,omitempty"`
	// Accent is the colour of buttons and links, "#rrggbb", in the light look; the
	// one of the dark look follows from it.
	Accent string `json:"accent,omitempty"`
	// Ground is the colour of the page behind the form, in the light look.
	Ground string `json:"ground,omitempty"`
	// Inside stands in the form above its fields and Below under it: HTML that was
	// sanitised when it was stored.
	Inside string `json:"inside,omitempty"`
	Below  string `json:"below,omitempty"`
	// Footer is a line of text at the foot, and Links what follows it.
	Footer string       `json:"footer,omitempty"`
	Links  []FooterLink `json:"links,omitempty"`
	// Logos stand at the foot: of partners, of supervisors.
	Logos []PictureID `json:"logos,omitempty"`
	// SignUp says whether strangers find "Create account" in the form, where the
	// installation lets them make accounts at all.
	SignUp SignUpMode `json:"sign_up,omitempty"`
	// Version grows with every change.
	Version int64 `json:"-"`
}

// FooterLink is a link at the foot of the sign-in form.
type FooterLink struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// SignUpMode shows or hides "Create account".
type SignUpMode string

// The modes.
const (
	SignUpInherited SignUpMode = "" // as the scope above says; the system shows it
	SignUpShown     SignUpMode = "shown"
	SignUpHidden    SignUpMode = "hidden"
)

// CoverMode says what the cover of a scope means to the scopes below.
type CoverMode string

// The modes.
const (
	CoverNone     CoverMode = ""         // nothing: it stands in the form of this scope itself only
	CoverDefault  CoverMode = "default"  // stands where the scope below has none of its own
	CoverEnforced CoverMode = "enforced" // stands whatever the scopes below say
)

// Look is how the sign-in form of one application looks, after all scopes have
// been asked.
type Look struct {
	Title  string // empty: the usual one
	Logo   PictureID
	Cover  PictureID
	Accent Tone
	// Ground is the page behind the form in the light look, and GroundInk the text
	// that can be read on it; both empty where nobody chose.
	Ground, GroundInk string
	Inside, Below     string // sanitised HTML
	Footer            string
	Links             []FooterLink
	Logos             []PictureID
	HideSignUp        bool
}

// Tone is a colour in both looks with the text that can be read on it; the zero
// Tone is Signet's own. Every value is "#rrggbb".
type Tone struct{ Light, OnLight, Dark, OnDark string }
