package identity

import (
	"strings"
	"testing"

	"signet/internal/iam"
)

func TestAnnouncedValueIsReadAsPeopleCopyIt(t *testing.T) {
	const print = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	colons := "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
	for _, c := range []struct {
		kind        iam.AnnouncedKind
		typed, want string // the cause after a !
	}{
		{iam.AnnouncedCertificate, print, print},
		{iam.AnnouncedCertificate, " " + colons + "\n", print},
		{iam.AnnouncedCertificate, "sha256 Fingerprint=" + colons, print},
		{iam.AnnouncedKey, "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=", print},
		{iam.AnnouncedKey, "sha256/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=", print},
		{iam.AnnouncedCertificate, strings.Repeat("ab", 20), "!announced_sha1"},
		{iam.AnnouncedCertificate, print + "00", "!announced_fingerprint_malformed"},
		{iam.AnnouncedCertificate, "0x", "!announced_fingerprint_malformed"},
		{iam.AnnouncedCertificate, strings.Replace(print, "a", "g", 1), "!announced_fingerprint_malformed"},
		{iam.AnnouncedSerial, "0a:1b", "0A1B"},
		{iam.AnnouncedSerial, "00 00 0a", "0A"},
		{iam.AnnouncedSerial, "serial=1234", "1234"},
		{iam.AnnouncedSerial, "0x1234", "1234"},
		{iam.AnnouncedSerial, "1234", "1234"},
		{iam.AnnouncedSerial, "dec:1234", "04D2"},
		{iam.AnnouncedSerial, "1234 (0x4d2)", "04D2"},
		{iam.AnnouncedSerial, "1234 (0x4d3)", "!announced_serial_malformed"},
		{iam.AnnouncedSerial, "0", "00"},
		{iam.AnnouncedSerial, "-0a", "-0A"},
		{iam.AnnouncedSerial, "dec:12a", "!announced_serial_malformed"},
		{iam.AnnouncedSerial, "dec:", "!announced_serial_malformed"},
		{iam.AnnouncedSerial, strings.Repeat("ff", 65), "!announced_serial_malformed"},
		{iam.AnnouncedSerial, strings.Repeat("9", 5000), "!announced_serial_malformed"},
		{iam.AnnouncedKeyID, "AA:bb:CC:dd", "aabbccdd"},
		{iam.AnnouncedKeyID, "aabbcc", "!announced_key_id_malformed"},
		{iam.AnnouncedKeyID, strings.Repeat("ab", 64), "!announced_key_id_malformed"},
		{iam.AnnouncedSubject, "Alice", "!announced_subject_malformed"},
		{iam.AnnouncedSubject, strings.Repeat("CN=a,", 100) + "CN=a", "!announced_subject_malformed"},
		{iam.AnnouncedSubject, " ", "!announced_value_missing"},
		{"name", "x", "!announced_kind_unknown"},
	} {
		value, _, wrong := AnnouncedValue(c.kind, c.typed)
		if wrong != nil {
			value = "!" + wrong.Cause
		}
		if value != c.want {
			t.Errorf("%s %.40q: %s, want %s", c.kind, c.typed, value, c.want)
		}
	}
}
