package console

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/web"
)

// confirmPage asks before something that people will feel. It is a page and not
// a dialog, so that it works without scripts and says what will end.
type confirmPage struct {
	Wrong       *web.Banner // why it was refused
	Person      web.Person
	Certificate *web.Certificate
	Text        string
	Ends        []string
	Action      string
	Value       string // what is confirmed, beside what the address says
	Confirm     string
	Mild        bool // nothing ends
	Cancel      string
}

// ask shows a confirmation about a person.
func (room *Room) ask(v visit, user iam.User, title string, page confirmPage, refused *iam.Error) error {
	view, err := room.view(v, tabUsers, title, "Name", user.DisplayName())
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}, {Label: user.DisplayName(), URL: pathOf(user.ID)}}
	page.Person, page.Cancel = web.Person{Name: user.DisplayName(), Detail: user.Login}, pathOf(user.ID)
	status := http.StatusOK
	if refused != nil {
		// Said on the page itself: an administrator has to understand the rule.
		page.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(v.words, refused)}
		status = http.StatusConflict
	}
	room.confirm.Show(v.w, v.r, status, view, page)
	return nil
}
