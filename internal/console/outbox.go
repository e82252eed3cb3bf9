package console

import (
	"net/http"
	"net/url"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/web"
)

// outboxPage lists messages.
type outboxPage struct {
	Off     *web.Banner // no mail server is set up
	Filters []outboxFilter
	Rows    []outboxRow
	All     bool // no filter is set
	Older   string
	Newest  string
}

type outboxFilter struct {
	Label   string
	Count   string
	URL     string
	Current bool
}

type outboxRow struct {
	URL     string
	Subject string
	Kind    string
	To      string
	At      time.Time
	State   web.Badge
	Line    string // why it waits, or failed
}

// messagePage is one message as its recipient gets it, without what is secret.
type messagePage struct {
	Wrong  *web.Banner
	Failed *web.Banner
	Secret *web.Banner
	Facts  []web.Fact
	Text   string
	Retry  string // path of the form; empty where it cannot be sent
	Button string
}

func (room *Room) showOutbox(v visit) error {
	f := iam.MessageFilter{State: iam.MessageState(v.r.URL.Query().Get("state")), Before: iam.MessageID(v.r.URL.Query().Get("before")), Limit: notify.PageSize + 1}
	messages, counts, err := room.Mail.Outbox(v.ctx, v.caller, f)
	if err != nil {
		return hidden(err)
	}
	set, err := room.Mail.Settings(v.ctx, v.caller)
	if err != nil {
		return err
	}
	view, err := room.outboxView(v, "outbox.title")
	if err != nil {
		return err
	}
	view.LeadKey, view.Wide = "outbox.lead", true
	room.outbox.Show(v.w, v.r, http.StatusOK, view, outboxOf(v.words, f, messages, counts, set.On(), v.now))
	return nil
}

func (room *Room) outboxView(v visit, title string) (web.View, error) {
	view, err := room.view(v, tabSettings, title)
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}, {Label: v.words.T("mail.title"), URL: pathMail}}
	return view, err
}

func outboxPath(state iam.MessageState, before iam.MessageID) string {
	query := url.Values{}
	if state != "" {
		query.Set("state", string(state))
	}
	if before != "" {
		query.Set("before", string(before))
	}
	if len(query) == 0 {
		return pathOutbox
	}
	return pathOutbox + "?" + query.Encode()
}

//i18n:keys outbox.state.* iam.MessageState
//i18n:keys notify.kind.* iam.MessageKind

func outboxOf(p *i18n.Printer, f iam.MessageFilter, messages []iam.Message, counts map[iam.MessageState]int64, on bool, now time.Time) outboxPage {
	data := outboxPage{All: f.State == ""}
	if !on {
		data.Off = &web.Banner{Kind: "info", Title: p.T("mail.off")}
	}
	total := int64(0)
	for _, n := range counts {
		total += n
	}
	data.Filters = []outboxFilter{{Label: p.T("outbox.all"), Count: p.Number(int(total)), URL: outboxPath("", ""), Current: f.State == ""}}
	for _, state := range iam.MessageStates() {
		data.Filters = append(data.Filters, outboxFilter{
			Label: p.T("outbox.state." + string(state)), Count: p.Number(int(counts[state])), URL: outboxPath(state, ""), Current: f.State == state,
		})
	}
	if len(messages) > notify.PageSize {
		messages = messages[:notify.PageSize]
		data.Older = outboxPath(f.State, messages[len(messages)-1].ID)
	}
	if f.Before != "" {
		data.Newest = outboxPath(f.State, "")
	}
	for _, m := range messages {
		row := outboxRow{
			URL: pathOutbox + "/" + url.PathEscape(string(m.ID)), Subject: m.Subject, Kind: p.T("notify.kind." + string(m.Kind)), To: m.To, At: m.CreatedAt, State: messageBadge(p, m.State),
		}
		if m.Fault != "" {
			row.Line = p.T("event.cause.mail_" + m.Fault)
		}
		if m.State == iam.MessageWaiting && m.Tries > 0 {
			row.Line += " · " + p.T("outbox.next_try", "Ago", p.Ago(m.NextTryAt, now))
		}
		data.Rows = append(data.Rows, row)
	}
	return data
}

func messageBadge(p *i18n.Printer, state iam.MessageState) web.Badge {
	b := web.Badge{Label: p.T("outbox.state." + string(state))}
	switch state {
	case iam.MessageWaiting:
		b.Kind, b.Icon = "accent", "clock"
	case iam.MessageSent:
		b.Kind, b.Icon = "success", "check"
	case iam.MessageFailed:
		b.Kind, b.Icon = "danger", "x-circle"
	}
	return b
}

func (room *Room) showMessage(v visit) error { return room.drawMessage(v, nil) }

func (room *Room) drawMessage(v visit, refused *iam.Error) error {
	m, err := room.Mail.Message(v.ctx, v.caller, iam.MessageID(v.r.PathValue("message")))
	if err != nil {
		return hidden(err)
	}
	set, err := room.Mail.Settings(v.ctx, v.caller)
	if err != nil {
		return err
	}
	view, err := room.outboxView(v, "")
	if err != nil {
		return err
	}
	view.Title = m.Subject
	view.Crumbs = append(view.Crumbs, web.Link{Label: v.words.T("outbox.title"), URL: pathOutbox})
	data := messageOf(v.words, m, set, v.now)
	if refused != nil {
		data.Wrong = banner(v.words, refused)
	}
	room.message.Show(v.w, v.r, statusOf(refused), view, data)
	return nil
}

func messageOf(p *i18n.Printer, m iam.Message, set iam.MailSettings, now time.Time) messagePage {
	state := messageBadge(p, m.State)
	data := messagePage{Facts: []web.Fact{{Term: p.T("outbox.state"), Text: p.T("notify.kind." + string(m.Kind)), Badge: &state}, {Term: p.T("outbox.to"), Text: m.To}}}
	add := func(key, text string) {
		if text != "" {
			data.Facts = append(data.Facts, web.Fact{Term: p.T(key), Text: text})
		}
	}
	if m.User != "" {
		data.Facts = append(data.Facts, web.Fact{Term: p.T("outbox.person"), Text: p.T("people.to_user"), URL: pathOf(m.User)})
	}
	add("outbox.language", m.Locale)
	add("outbox.written", p.DateTime(m.CreatedAt))
	if m.Tries > 0 {
		add("outbox.tries", p.Number(int(m.Tries)))
	}
	if !m.DoneAt.IsZero() {
		add("outbox.done", p.DateTime(m.DoneAt))
	}
	if m.Fault != "" {
		add("outbox.fault", p.T("notify.fault."+m.Fault))
	}
	add("outbox.answer", m.Answer)
	if m.State == iam.MessageWaiting && m.Tries > 0 {
		add("outbox.next", p.DateTime(m.NextTryAt))
	}
	link := m.Letter.Link
	if m.Secret {
		link = p.T("outbox.hidden")
		data.Secret = &web.Banner{Kind: "info", Title: p.T("outbox.secret")}
	}
	data.Text = notify.Plain(m.Letter, link)
	if m.State == iam.MessageFailed {
		data.Failed = &web.Banner{Kind: "danger", Title: p.T("outbox.given_up"), Text: p.T("outbox.given_up_text")}
	}
	if _, ok := notify.Retriable(m, set, now); ok {
		data.Retry, data.Button = pathOutbox+"/"+url.PathEscape(string(m.ID))+"/retry", p.T("outbox.retry")
		if m.State == iam.MessageUnsent {
			data.Button = p.T("outbox.send")
		}
	}
	return data
}

func (room *Room) retryMessage(v visit) error {
	id := iam.MessageID(v.r.PathValue("message"))
	err := room.Mail.Retry(v.ctx, v.caller, id)
	if refused := redrawable(err); refused != nil {
		return room.drawMessage(v, refused)
	}
	if err != nil {
		return hidden(err)
	}
	return v.done(pathOutbox+"/"+url.PathEscape(string(id)), "outbox.retried")
}
