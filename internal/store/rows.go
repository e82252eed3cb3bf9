package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"signet/internal/iam"
)

// row is what a scan function reads from.
type row interface{ Scan(dest ...any) error }

//i18n:keys error.*_not_found announced authority block application login membership offer one_time_link organization invitation

// one reads exactly one row, or returns a not-found error for the noun.
func one[T any](tx *Tx, noun string, scan func(row) (T, error), text string, args ...any) (T, error) {
	var zero T
	rows, err := tx.query(true, text, args...)
	if err != nil {
		return zero, fmt.Errorf("read %s: %w", noun, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return zero, fmt.Errorf("read %s: %w", noun, err)
		}
		return zero, iam.NotFound(noun)
	}
	value, err := scan(rows)
	if err != nil {
		return zero, fmt.Errorf("read %s: %w", noun, err)
	}
	// PostgreSQL checks foreign keys and serializability at the end of the
	// statement, after the row that RETURNING gave.
	if err := rows.Close(); err != nil {
		return zero, fmt.Errorf("read %s: %w", noun, err)
	}
	return value, nil
}

// many reads all rows.
func many[T any](tx *Tx, noun string, scan func(row) (T, error), text string, args ...any) ([]T, error) {
	rows, err := tx.query(false, text, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", noun, err)
	}
	return collect(noun, scan, rows)
}

// few reads all rows of one person or thing, of which there are not many. Like one
// it is over before anybody could interrupt it.
func few[T any](tx *Tx, noun string, scan func(row) (T, error), text string, args ...any) ([]T, error) {
	rows, err := tx.query(true, text, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", noun, err)
	}
	return collect(noun, scan, rows)
}

func collect[T any](noun string, scan func(row) (T, error), rows rows) ([]T, error) {
	defer rows.Close()
	var values []T
	for rows.Next() {
		value, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", noun, err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", noun, err)
	}
	return values, nil
}

// change runs a statement that must touch one row, or returns a not-found
// error for the noun.
func (tx *Tx) change(noun, text string, args ...any) error {
	n, err := tx.exec(text, args...)
	if err != nil {
		return fmt.Errorf("change %s: %w", noun, err)
	}
	if n == 0 {
		return iam.NotFound(noun)
	}
	return nil
}

// insert runs an INSERT.
func (tx *Tx) insert(noun, text string, args ...any) error {
	if _, err := tx.exec(text, args...); err != nil {
		return fmt.Errorf("insert %s: %w", noun, err)
	}
	return nil
}

// micros is how a time is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// stamp scans a stored time.
type stamp struct{ t *time.Time }

func (s stamp) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", src)
	}
	*s.t = time.Time{}
	if n != 0 {
		*s.t = time.UnixMicro(n).UTC()
	}
	return nil
}

// duration scans a stored duration, in microseconds.
type duration struct{ d *time.Duration }

func (s duration) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a duration is stored as %T", src)
	}
	*s.d = time.Duration(n) * time.Microsecond
	return nil
}

// jsonText is how a structured value is stored. The types are ours and always
// marshal.
func jsonText(v any) string {
	if list, ok := v.([]string); ok && len(list) > 0 && !slices.ContainsFunc(list, special) {
		return `["` + strings.Join(list, `","`) + `"]`
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("marshal %T: %v", v, err))
	}
	return string(text)
}

// fromJSON scans a structured value.
type fromJSON struct{ v any }

func (j fromJSON) Scan(src any) error {
	switch text := src.(type) {
	case string:
		if text == "null" {
			return nil // what is scanned into is new
		}
		if list, ok := j.v.(*[]string); ok && simpleList(text, list) {
			return nil
		}
		return json.Unmarshal([]byte(text), j.v)
	case []byte:
		return json.Unmarshal(text, j.v)
	default:
		return fmt.Errorf("a structure is stored as %T", src)
	}
}

// special reports whether JSON writes the text in another way.
func special(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return true
		}
	}
	return false
}

// simpleList reads a list of texts without escapes, such as scopes are, of which a
// sign-in reads a dozen. It reports false for any other JSON.
func simpleList(text string, list *[]string) bool {
	inner, ok := strings.CutPrefix(text, `["`)
	if !ok {
		return false
	}
	if inner, ok = strings.CutSuffix(inner, `"]`); !ok {
		return false
	}
	all := strings.Split(inner, `","`)
	if slices.ContainsFunc(all, special) {
		return false
	}
	*list = all
	return true
}

// storable makes the texts among arguments storable.
func storable(args []any) []any {
	for i, arg := range args {
		if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
			if s := v.String(); storableText(s) != s {
				args[i] = storableText(s)
			}
		}
	}
	return args
}

// storableText makes a text fit for both engines. What a stranger sends in a
// header or a form may be no UTF-8 or contain NUL, which PostgreSQL refuses: a
// sign-in could not be logged, and a lookup would fail instead of finding
// nothing. The replacement keeps such a text different from every proper one.
func storableText(s string) string {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	return s
}

// count scans a single number.
func count(r row) (n int64, err error) { return n, r.Scan(&n) }

// text scans a single text.
func text(r row) (s string, err error) { return s, r.Scan(&s) }

// foldKey is how names are compared without regard to case.
func foldKey(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

var (
	_ rows = (*sql.Rows)(nil)
	_ rows = (*cursor)(nil)
)
