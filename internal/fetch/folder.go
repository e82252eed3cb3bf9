package fetch

import (
	"fmt"
	"io"
	"os"
)

// Folder returns a function that reads files of one folder by their name. What
// leads out of the folder, by its path or by a link, is not read.
func Folder(dir string, limit int64) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		file, err := os.OpenInRoot(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read list: %w", err)
		}
		defer file.Close()
		if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
			return nil, fmt.Errorf("read list: %s is no file", name)
		}
		data, err := io.ReadAll(io.LimitReader(file, limit+1))
		switch {
		case err != nil:
			return nil, fmt.Errorf("read list: %w", err)
		case int64(len(data)) > limit:
			return nil, fmt.Errorf("read list: more than %d bytes", limit)
		}
		return data, nil
	}
}
