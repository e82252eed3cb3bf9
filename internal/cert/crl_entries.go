package cert

import (
	"bytes"
	encodingasn1 "encoding/asn1"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// entries are the revoked certificates of one list, sorted by serial: one record
// each of the serial, as wide as the widest of the list, in an indirect list the
// number of the issuer, the time in seconds, and the reason. A list of a million
// entries takes 20 to 25 megabytes so, and is asked by binary search.
type entries struct {
	width   int // of a serial
	owner   int // bytes of the number of an issuer: 0, or 2 in an indirect list
	owners  map[string]uint16
	records []byte
}

const (
	recordTail = 5 // four bytes of time, one of reason
	// maxSerial is the longest serial that is read; RFC 5280, section 4.1.2.2
	// allows 20 bytes, and some CAs do not keep to it.
	maxSerial = 64
	// maxOwners is how many CAs an indirect list may speak for.
	maxOwners = 4096
)

// key is how long what a record is found by is.
func (e entries) key() int { return e.width + e.owner }

func (e entries) size() int { return e.key() + recordTail }

func (e entries) len() int {
	if e.width == 0 {
		return 0
	}
	return len(e.records) / e.size()
}

func (e entries) record(i int) []byte { return e.records[i*e.size() : (i+1)*e.size()] }

// find returns the entry of a serial of an issuer; the issuer counts in an
// indirect list only.
func (e entries) find(serial *big.Int, issuer []string) (at time.Time, reason Reason, ok bool) {
	if serial == nil || serial.Sign() < 0 || (serial.BitLen()+7)/8 > e.width {
		return time.Time{}, "", false
	}
	key := make([]byte, e.key())
	serial.FillBytes(key[:e.width])
	if e.owner > 0 {
		number, known := e.owners[ownerKey(issuer)]
		if !known {
			return time.Time{}, "", false
		}
		binary.BigEndian.PutUint16(key[e.width:], number)
	}
	n := e.len()
	i := sort.Search(n, func(i int) bool { return bytes.Compare(e.record(i)[:len(key)], key) >= 0 })
	if i == n || !bytes.Equal(e.record(i)[:len(key)], key) {
		return time.Time{}, "", false
	}
	tail := e.record(i)[len(key):]
	return time.Unix(int64(binary.BigEndian.Uint32(tail)), 0).UTC(), reasonOf(tail[4]), true
}

// ownerKey writes a canonical name so that no other is written so.
func ownerKey(name []string) string {
	var b strings.Builder
	for _, rdn := range name {
		fmt.Fprintf(&b, "%d:%s", len(rdn), rdn)
	}
	return b.String()
}

// owners numbers the issuers of an indirect list. The issuer of an entry is that
// of the one before where it names none (section 5.3.3).
type owners struct {
	numbers map[string]uint16
	written map[string]uint16 // by DER, so that a name that stands a million times is read once
	current uint16
}

func (o *owners) take(der cryptobyte.String) error {
	if number, known := o.written[string(der)]; known {
		o.current = number
		return nil
	}
	var names cryptobyte.String
	value := der
	if !value.ReadASN1(&names, asn1.SEQUENCE) || !value.Empty() {
		return fault(FaultGarbled, "the issuer of an entry cannot be read")
	}
	all, ok := readGeneralNames(names)
	i := slices.IndexFunc(all, func(n generalName) bool { return n.form == formDirectory })
	if !ok || i < 0 {
		return fault(FaultGarbled, "the issuer of an entry cannot be read")
	}
	if len(o.written) >= maxOwners {
		return fault(FaultTooLarge, "it speaks for more than %d CAs", maxOwners)
	}
	key := ownerKey(all[i].rdns)
	number, known := o.numbers[key]
	if !known {
		number = uint16(len(o.numbers)) //nolint:gosec // bounded by maxOwners
		o.numbers[key] = number
	}
	o.written[string(der)], o.current = number, number
	return nil
}

// readEntries reads the entries twice, first to see how many and how wide they
// are, so that nothing is made but what stays.
func readEntries(list cryptobyte.String, own []string, indirect bool) (entries, error) {
	count, width := 0, 1
	for rest := list; !rest.Empty(); {
		_, serial, err := nextEntry(&rest)
		if err != nil {
			return entries{}, err
		}
		if serial != nil {
			count, width = count+1, max(width, len(serial))
		}
	}
	if count == 0 && !indirect {
		return entries{}, nil
	}
	e := entries{width: width}
	var of *owners
	if indirect {
		of = &owners{numbers: map[string]uint16{ownerKey(own): 0}, written: map[string]uint16{}}
		e.owner, e.owners = 2, of.numbers
	}
	e.records = make([]byte, 0, count*e.size())
	key, sorted := e.key(), true
	for rest := list; !rest.Empty(); {
		entry, serial, err := nextEntry(&rest)
		if err != nil {
			return entries{}, err
		}
		at, reason, err := readEntry(entry, of)
		if err != nil {
			return entries{}, err
		}
		if serial == nil {
			continue
		}
		n := len(e.records)
		e.records = e.records[:n+e.size()]
		copy(e.records[n+width-len(serial):], serial)
		if of != nil {
			binary.BigEndian.PutUint16(e.records[n+width:], of.current)
		}
		seconds := min(max(at.Unix(), 0), math.MaxUint32)
		binary.BigEndian.PutUint32(e.records[n+key:], uint32(seconds)) //nolint:gosec // bounded above
		e.records[n+key+4] = reason
		sorted = sorted && (n == 0 || bytes.Compare(e.records[n-e.size():n-recordTail], e.records[n:n+key]) < 0)
	}
	if !sorted {
		sort.Sort(&bySerial{entries: e, spare: make([]byte, e.size())})
		e.merge()
	}
	return e, nil
}

// merge leaves one of the records of each serial. That a certificate was revoked
// counts more than that it was released.
func (e *entries) merge() {
	last := -1
	for i := range e.len() {
		record := e.record(i)
		if last >= 0 && bytes.Equal(e.record(last)[:e.key()], record[:e.key()]) {
			if kept := e.record(last); reasonOf(kept[len(kept)-1]) == ReasonRemoveFromCRL {
				copy(kept, record)
			}
			continue
		}
		last++
		copy(e.record(last), record)
	}
	e.records = e.records[:(last+1)*e.size()]
}

// nextEntry takes the next entry off the list and returns what follows its
// serial. The serial has no leading zeros; it is nil where it is negative, which
// no certificate that crypto/x509 reads can have.
func nextEntry(list *cryptobyte.String) (entry cryptobyte.String, serial []byte, err error) {
	var number cryptobyte.String
	if !list.ReadASN1(&entry, asn1.SEQUENCE) || !entry.ReadASN1(&number, asn1.INTEGER) || len(number) == 0 || len(number) > maxSerial {
		return nil, nil, fault(FaultGarbled, "an entry cannot be read")
	}
	if number[0]&0x80 != 0 {
		return entry, nil, nil
	}
	serial = bytes.TrimLeft(number, "\x00")
	if serial == nil {
		serial = number[:0]
	}
	return entry, serial, nil
}

// readEntry reads what follows the serial (RFC 5280, section 5.3); of is nil where
// the list is not indirect.
func readEntry(entry cryptobyte.String, of *owners) (at time.Time, reason byte, err error) {
	var extensions cryptobyte.String
	var present bool
	switch {
	case entry.PeekASN1Tag(asn1.UTCTime) && entry.ReadASN1UTCTime(&at), entry.PeekASN1Tag(asn1.GeneralizedTime) && entry.ReadASN1GeneralizedTime(&at):
	default:
		return at, 0, fault(FaultGarbled, "the time of an entry cannot be read")
	}
	if !entry.ReadOptionalASN1(&extensions, &present, asn1.SEQUENCE) || !entry.Empty() {
		return at, 0, fault(FaultGarbled, "an entry cannot be read")
	}
	for !extensions.Empty() {
		var extension, value cryptobyte.String
		var id encodingasn1.ObjectIdentifier
		var critical bool
		if !extensions.ReadASN1(&extension, asn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&id) ||
			extension.PeekASN1Tag(asn1.BOOLEAN) && !extension.ReadASN1Boolean(&critical) || !extension.ReadASN1(&value, asn1.OCTET_STRING) || !extension.Empty() {
			return at, 0, fault(FaultGarbled, "an extension of an entry cannot be read")
		}
		switch {
		case id.Equal(oidReasonCode()):
			var code int
			if !value.ReadASN1Enum(&code) || !value.Empty() || code < 0 || code > math.MaxUint8 {
				return at, 0, fault(FaultGarbled, "the reason of an entry cannot be read")
			}
			reason = byte(code)
		case id.Equal(oidCertificateIssuer()):
			if of == nil {
				// What follows is about certificates of other CAs (section 5.3.3), and the
				// list does not say that it may be.
				return at, 0, fault(FaultIndirect, "an entry names another issuer")
			}
			if err := of.take(value); err != nil {
				return at, 0, err
			}
		case critical:
			// Not even about other certificates may such a list be asked (section 5.3).
			return at, 0, fault(FaultCritical, "%s in an entry", id)
		}
	}
	return at, reason, nil
}

func oidReasonCode() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 21}
}
func oidCertificateIssuer() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 29}
}

// bySerial sorts records in place.
type bySerial struct {
	entries
	spare []byte
}

func (b *bySerial) Len() int { return b.len() }

func (b *bySerial) Less(i, j int) bool {
	return bytes.Compare(b.record(i)[:b.key()], b.record(j)[:b.key()]) < 0
}

func (b *bySerial) Swap(i, j int) {
	copy(b.spare, b.record(i))
	copy(b.record(i), b.record(j))
	copy(b.record(j), b.spare)
}
