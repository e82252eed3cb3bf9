package store

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"signet/internal/iam"
)

// wordsOf returns the words by whose beginnings a person is found: login, names,
// address and personal number as they are written, their parts, and both without accents.
func wordsOf(u iam.User) []string {
	var all []string
	add := func(text string) {
		for _, form := range []string{text, plain(text)} {
			for _, raw := range strings.Fields(form) {
				all = append(all, raw)
				all = append(all, strings.FieldsFunc(raw, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })...)
			}
		}
	}
	for _, text := range []string{u.Login, u.Name, u.GivenName, u.FamilyName, u.Email, u.Number} {
		add(foldKey(text))
	}
	if _, domain, ok := strings.Cut(foldKey(u.Email), "@"); ok {
		add(domain)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// plain is a text without the marks on its letters.
func plain(text string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text)))
}

func (tx *Tx) insertWords(u iam.User) error {
	words := wordsOf(u)
	if len(words) == 0 {
		return nil
	}
	var places []string
	args := []any{u.ID}
	for _, word := range words {
		args = append(args, word)
		places = append(places, fmt.Sprintf("($1, $%d)", len(args)))
	}
	// Two words that differ in what no engine stores become one.
	return tx.insert("words of user", `INSERT INTO user_words (user_id, word) VALUES `+strings.Join(places, ", ")+` ON CONFLICT (user_id, word) DO NOTHING`, args...)
}

// maxTerms bounds the words of a search: each costs a look into the index.
const maxTerms = 6

// fewMatches is up to how many people a word may fit for being looked up first
// and sorted then. Words that fit more people are found soon by reading people in
// order.
const fewMatches = 1000

// Users returns a page of people in the order of their logins, those after the
// given login, of whom a word begins with each word of the search.
func (tx *Tx) Users(search, after string, limit int) ([]iam.User, error) {
	terms := strings.Fields(foldKey(search))
	if len(terms) > maxTerms {
		terms = terms[:maxTerms]
	}
	query, args, err := tx.usersQuery(terms, after, limit)
	if err != nil {
		return nil, err
	}
	return many(tx, "users", scanUser, query, args...)
}

// usersQuery finds the way that reads few rows: by the rarest word of the search
// where that fits few people, and along the logins otherwise.
func (tx *Tx) usersQuery(terms []string, after string, limit int) (string, []any, error) {
	args := []any{foldKey(after)}
	between := func(term string) string {
		args = append(args, term, beyond(term))
		return fmt.Sprintf(`word >= $%d AND word < $%d`, len(args)-1, len(args))
	}
	rarest, least := -1, int64(fewMatches+1)
	for i, term := range terms {
		n, err := one(tx, "users", count, `SELECT COUNT(*) FROM (SELECT 1 FROM user_words WHERE word >= $1 AND word < $2 LIMIT $3) AS fitting`,
			term, beyond(term), fewMatches+1)
		if err != nil {
			return "", nil, err
		}
		if n < least {
			rarest, least = i, n
		}
	}
	from := `users u`
	if rarest >= 0 { // CROSS JOIN: SQLite keeps the order of the tables then
		from = `(SELECT DISTINCT user_id FROM user_words WHERE ` + between(terms[rarest]) + `) found CROSS JOIN users u`
	}
	where := `u.login_key > $1`
	for i, term := range terms {
		if i == rarest {
			where += ` AND u.id = found.user_id`
		} else {
			where += ` AND EXISTS (SELECT 1 FROM user_words w WHERE w.user_id = u.id AND ` + between(term) + `)`
		}
	}
	args = append(args, limit)
	columns := `u.` + strings.ReplaceAll(userColumns, ", ", ", u.")
	return `SELECT ` + columns + ` FROM ` + from + ` WHERE ` + where + fmt.Sprintf(` ORDER BY u.login_key LIMIT $%d`, len(args)), args, nil
}

// beyond is the first text after all that begin with the prefix.
func beyond(prefix string) string { return prefix + string(unicode.MaxRune) }
