package console

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/web"
)

// announcedPage lists what still waits in a login method.
type announcedPage struct {
	Wrong  *web.Banner // lines of a file
	Rows   []announcedRow
	Next   string
	First  string
	CSV    string
	Action string
	File   web.Field
	Cancel string
	Kinds  string // that a file can name
}

const announcedPageSize = 50

// maxAnnouncedFile is how much of a file is read.
const maxAnnouncedFile = 1 << 20

// announcedPath is the page about what waits in a method, of whatever level: people
// belong to the system, and so does what is announced for them.
func announcedPath(id iam.ProviderID) string {
	return prefixSystem + "/methods/" + url.PathEscape(string(id)) + "/announced"
}

// announcedMethod is the certificate method that the path names.
func (room *Room) announcedMethod(v visit) (iam.Provider, error) {
	if err := room.Log.Denied(v.ctx, v.caller, iam.EditIdentities, iam.System()); err != nil {
		return iam.Provider{}, err
	}
	methods, err := room.certificateMethods(v)
	if err != nil {
		return iam.Provider{}, err
	}
	i := slices.IndexFunc(methods, func(m iam.Provider) bool { return string(m.ID) == v.r.PathValue("method") })
	if i < 0 {
		return iam.Provider{}, iam.NotFound("page")
	}
	return methods[i], nil
}

func announcedListOf(p *i18n.Printer, m iam.Provider, list []identity.Awaiting, after string, wrong *iam.Error, bad []identity.BadLine, n *names) announcedPage {
	kinds := make([]string, 0, 5)
	for _, k := range iam.AnnouncedKinds() {
		kinds = append(kinds, string(k))
	}
	data := announcedPage{
		CSV: announcedPath(m.ID) + "/export.csv", Action: announcedPath(m.ID) + "/import", Kinds: strings.Join(kinds, ", "),
		File: web.Field{Name: "file", Type: "file", Label: p.T("announced.file"), Hint: p.T("announced.file_hint", "Max", identity.MaxAnnounced), Accept: ".csv,text/csv"},
	}
	if len(list) > announcedPageSize {
		list = list[:announcedPageSize]
		data.Next = announcedPath(m.ID) + "?after=" + url.QueryEscape(list[len(list)-1].ID)
	}
	if after != "" {
		data.First = announcedPath(m.ID)
	}
	for _, a := range list {
		row := announcedRowOf(p, a.Announced, n)
		row.Person, row.URL = web.Person{Name: a.Person.DisplayName(), Detail: a.Person.Login}, pathOf(a.User)
		data.Rows = append(data.Rows, row)
	}
	if wrong != nil {
		data.File.Error = web.Explain(p, wrong)
	}
	if len(bad) > 0 {
		data.Wrong = &web.Banner{Kind: "danger", Title: p.N("announced.bad_lines", len(bad)), Text: p.T("announced.bad_lines_text")}
		for i, b := range bad {
			if i == maxBadLines {
				data.Wrong.Items = append(data.Wrong.Items, p.N("announced.bad_more", len(bad)-i))
				break
			}
			data.Wrong.Items = append(data.Wrong.Items, p.T("announced.bad_line", "Line", b.Number, "Why", web.Explain(p, b.Wrong)))
		}
	}
	return data
}

// maxBadLines is how many bad lines are told of.
const maxBadLines = 50

func (room *Room) showAnnounced(v visit) error { return room.drawAnnounced(v, nil, nil) }

func (room *Room) drawAnnounced(v visit, wrong *iam.Error, bad []identity.BadLine) error {
	m, err := room.announcedMethod(v)
	if err != nil {
		return err
	}
	after := v.r.URL.Query().Get("after")
	list, err := room.Identities.AwaitedIn(v.ctx, v.caller, m.ID, after, announcedPageSize+1)
	if err != nil {
		return err
	}
	view, err := room.view(v, tabSettings, "announced.list_title", "Name", m.Name)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := announcedListOf(v.words, m, list, after, wrong, bad, n)
	if n.err != nil {
		return n.err
	}
	view.LeadKey, view.Wide = "announced.list_lead", true
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}}
	if m.Scope.Level == iam.LevelSystem {
		pl := place{scope: m.Scope, prefix: prefixSystem}
		view.Crumbs = append(view.Crumbs, web.Link{Label: v.words.T("console.methods.title"), URL: pl.methods()}, web.Link{Label: m.Name, URL: pl.method(m.ID)})
	}
	status := statusOf(wrong)
	if len(bad) > 0 {
		status = http.StatusUnprocessableEntity
	}
	room.announcedOf.Show(v.w, v.r, status, view, data)
	return nil
}

// importAnnounced takes a file of announcements, all of it or nothing.
func (room *Room) importAnnounced(v visit) error {
	m, err := room.announcedMethod(v)
	if err != nil {
		return err
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxAnnouncedFile+64<<10)
	lines, err := announcedLines(v.r)
	if refused := redrawable(err); refused != nil {
		return room.drawAnnounced(v, refused, nil)
	}
	if err != nil {
		return err
	}
	bad, err := room.Identities.AnnounceAll(v.ctx, v.caller, m.ID, lines)
	if refused := redrawable(err); refused != nil {
		return room.drawAnnounced(v, refused, nil)
	}
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return room.drawAnnounced(v, nil, bad)
	}
	key := "announced.imported"
	if len(lines) == 1 {
		key = "announced.imported_one"
	}
	return v.done(announcedPath(m.ID), key, "Count", v.words.Number(len(lines)))
}

func announcedLines(r *http.Request) ([]identity.AnnouncedLine, error) {
	if err := r.ParseMultipartForm(maxAnnouncedFile); err != nil {
		return nil, iam.Invalid("file", "announced_file_large")
	}
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, iam.Invalid("file", "announced_file_empty")
	}
	if err != nil {
		return nil, iam.Invalid("file", "file_unreadable")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxAnnouncedFile+1))
	switch {
	case err != nil:
		return nil, iam.Invalid("file", "file_unreadable")
	case len(data) > maxAnnouncedFile:
		return nil, iam.Invalid("file", "announced_file_large")
	}
	return readAnnounced(string(data))
}

// readAnnounced reads lines of login, kind, issuer and value, divided by commas or,
// as spreadsheets write them where the decimal sign is a comma, by semicolons. Pure.
func readAnnounced(text string) (lines []identity.AnnouncedLine, err error) {
	text = strings.TrimPrefix(text, "\ufeff")
	// What spreadsheets call CSV is often in the code page of the machine: people
	// would not be found, and names that nobody bears would wait for ever.
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, iam.Invalid("file", "announced_file_encoding")
	}
	first, _, _ := strings.Cut(text, "\n")
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord, in.TrimLeadingSpace = -1, true
	if cells := strings.Split(first, ";"); len(cells) >= 4 && !strings.Contains(cells[0]+cells[1], ",") { // a subject, which comes last, has commas of its own
		in.Comma = ';'
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		number, _ := in.FieldPos(0)
		if err != nil || len(cells) < 4 {
			if err == nil && len(lines) == 0 && strings.EqualFold(cells[0], "login") {
				continue
			}
			var broken *csv.ParseError
			if errors.As(err, &broken) {
				number = broken.Line
			}
			wrong := iam.Invalid("file", "announced_file_line")
			wrong.Params = map[string]string{"Line": strconv.Itoa(number)}
			return nil, wrong
		}
		for i, cell := range cells {
			if rest, ok := strings.CutPrefix(cell, "'"); ok && rest != harmless(rest) { // as we export it
				cells[i] = rest
			}
		}
		if len(lines) == 0 && strings.EqualFold(strings.TrimSpace(cells[0]), "login") && strings.EqualFold(strings.TrimSpace(cells[1]), "kind") {
			continue
		}
		lines = append(lines, identity.AnnouncedLine{Number: number, Login: cells[0], Kind: iam.AnnouncedKind(cells[1]), Issuer: cells[2], Value: cells[3]})
		if len(lines) > identity.MaxAnnounced {
			return nil, iam.Invalid("file", "announced_file_long")
		}
	}
}

// exportAnnounced writes all that waits, as it can be read again.
func (room *Room) exportAnnounced(v visit) error {
	m, err := room.announcedMethod(v)
	if err != nil {
		return err
	}
	const size = 500
	list, err := room.Identities.AwaitedIn(v.ctx, v.caller, m.ID, "", size)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="announced-`+v.now.UTC().Format(time.DateOnly)+`.csv"`)
	v.w.Header().Set("Cache-Control", "no-store")
	out := csv.NewWriter(v.w)
	err = out.Write([]string{"login", "kind", "issuer", "value", "issuer_name", "announced"})
	for err == nil && len(list) > 0 {
		for _, a := range list {
			row := []string{a.Person.Login, string(a.Kind), a.Issuer, a.Shown, a.IssuerName, a.CreatedAt.UTC().Format(time.RFC3339)}
			for i := range row {
				row[i] = harmless(row[i])
			}
			if err = out.Write(row); err != nil {
				break
			}
		}
		if out.Flush(); err == nil {
			err = out.Error()
		}
		if err != nil || len(list) < size {
			break
		}
		list, err = room.Identities.AwaitedIn(v.ctx, v.caller, m.ID, list[len(list)-1].ID, size)
	}
	out.Flush()
	if err != nil {
		// Half a file looks like a whole one: the connection breaks instead.
		web.RecordOf(v.ctx).Cause = err.Error()
		panic(http.ErrAbortHandler)
	}
	return nil
}
