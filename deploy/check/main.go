// Reads the files of a deployment with the parsers that the tools themselves use: a Dockerfile with BuildKit's, a
// Compose file with the loader and the published schema of compose-go, a dashboard with Grafana's types. What was read
// goes to standard output as JSON, what is wrong with it to standard error.
//
// Exit codes: 0 nothing is wrong, 1 something is, 2 usage.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 3 {
		fail(2, "usage: check dockerfile FILE | check compose FILE... | check dashboard FILE")
	}
	var read any
	var err error
	switch os.Args[1] {
	case "dockerfile":
		read, err = readDockerfile(os.Args[2])
	case "compose":
		read, err = readCompose(os.Args[2:])
	case "dashboard":
		read, err = readDashboard(os.Args[2])
	default:
		fail(2, "unknown kind of file: "+os.Args[1])
	}
	if err != nil {
		fail(1, err.Error())
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(read); err != nil {
		fail(1, err.Error())
	}
}

func fail(code int, message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(code)
}
