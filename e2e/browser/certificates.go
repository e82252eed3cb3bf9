package browser

import (
	"os"
	"path/filepath"
)

// makeDatabase makes the store in which Chromium looks for certificates.
func (b *Browser) makeDatabase(serverCA []byte) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Join(b.home, ".pki", "nssdb"), 0o700); err != nil {
		b.t.Fatal(err)
	}
	b.run("certutil", "-N", "-d", b.database(), "--empty-password")
	if serverCA != nil {
		file := filepath.Join(b.home, "server-ca.pem")
		if err := os.WriteFile(file, serverCA, 0o600); err != nil {
			b.t.Fatal(err)
		}
		b.run("certutil", "-A", "-d", b.database(), "-t", "C,,", "-n", "server CA of the test", "-i", file)
	}
}

func (b *Browser) database() string { return "sql:" + filepath.Join(b.home, ".pki", "nssdb") }

// Import puts a certificate and its key into the browser, as a person does with
// a .p12 file. It may be called while the browser runs.
func (b *Browser) Import(p12 []byte, password string) {
	b.t.Helper()
	file := filepath.Join(b.home, "import.p12")
	if err := os.WriteFile(file, p12, 0o600); err != nil {
		b.t.Fatal(err)
	}
	defer os.Remove(file)
	b.ImportFile(file, password)
}

// ImportFile is Import from a file.
func (b *Browser) ImportFile(file, password string) {
	b.t.Helper()
	b.run("pk12util", "-i", file, "-d", b.database(), "-W", password, "-K", "")
}
