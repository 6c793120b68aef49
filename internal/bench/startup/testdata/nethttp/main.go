// A program with an HTTP client: what the standard library costs.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	if _, err := http.NewRequest(http.MethodPost, "https://example.com", http.NoBody); err != nil { //nolint:noctx // it is not sent
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	http.DefaultClient.CloseIdleConnections()
}
