package cert

import (
	"bytes"
	encodingasn1 "encoding/asn1"
	"encoding/binary"
	"math"
	"math/big"
	"sort"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// entries are the revoked certificates of one list, sorted by serial: one record
// each of the serial, as wide as the widest of the list, the time in seconds, and
// the reason. A list of a million entries takes 20 to 25 megabytes so, and is
// asked by binary search.
type entries struct {
	width   int // of a serial
	records []byte
}

const (
	recordTail = 5 // four bytes of time, one of reason
	// maxSerial is the longest serial that is read; RFC 5280, section 4.1.2.2
	// allows 20 bytes, and some CAs do not keep to it.
	maxSerial = 64
)

func (e entries) size() int { return e.width + recordTail }

func (e entries) len() int {
	if e.width == 0 {
		return 0
	}
	return len(e.records) / e.size()
}

func (e entries) record(i int) []byte { return e.records[i*e.size() : (i+1)*e.size()] }

// find returns the entry of a serial.
func (e entries) find(serial *big.Int) (at time.Time, reason Reason, ok bool) {
	if serial == nil || serial.Sign() < 0 || (serial.BitLen()+7)/8 > e.width {
		return time.Time{}, "", false
	}
	key := serial.FillBytes(make([]byte, e.width))
	n := e.len()
	i := sort.Search(n, func(i int) bool { return bytes.Compare(e.record(i)[:e.width], key) >= 0 })
	if i == n || !bytes.Equal(e.record(i)[:e.width], key) {
		return time.Time{}, "", false
	}
	tail := e.record(i)[e.width:]
	return time.Unix(int64(binary.BigEndian.Uint32(tail)), 0).UTC(), reasonOf(tail[4]), true
}

// readEntries reads the entries twice, first to see how many and how wide they
// are, so that nothing is made but what stays.
func readEntries(list cryptobyte.String) (entries, error) {
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
	if count == 0 {
		return entries{}, nil
	}
	e := entries{width: width}
	e.records = make([]byte, 0, count*e.size())
	sorted := true
	for rest := list; !rest.Empty(); {
		entry, serial, err := nextEntry(&rest)
		if err != nil {
			return entries{}, err
		}
		at, reason, err := readEntry(entry)
		if err != nil {
			return entries{}, err
		}
		if serial == nil {
			continue
		}
		n := len(e.records)
		e.records = e.records[:n+e.size()]
		copy(e.records[n+width-len(serial):], serial)
		seconds := min(max(at.Unix(), 0), math.MaxUint32)
		binary.BigEndian.PutUint32(e.records[n+width:], uint32(seconds)) //nolint:gosec // bounded above
		e.records[n+width+4] = reason
		sorted = sorted && (n == 0 || bytes.Compare(e.records[n-e.size():n-recordTail], e.records[n:n+width]) <= 0)
	}
	if !sorted {
		sort.Sort(&bySerial{entries: e, spare: make([]byte, e.size())})
	}
	return e, nil
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

// readEntry reads what follows the serial (RFC 5280, section 5.3).
func readEntry(entry cryptobyte.String) (at time.Time, reason byte, err error) {
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
			// What follows is about certificates of other CAs (section 5.3.3).
			return at, 0, fault(FaultIndirect, "an entry names another issuer")
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
	return bytes.Compare(b.record(i)[:b.width], b.record(j)[:b.width]) < 0
}

func (b *bySerial) Swap(i, j int) {
	copy(b.spare, b.record(i))
	copy(b.record(i), b.record(j))
	copy(b.record(j), b.spare)
}
