package main

import (
	"context"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// Merges the files as `docker compose -f A -f B` does. The loader holds them against the schema, interpolates from
// the environment, and refuses references to services, networks, volumes, configs and secrets that are not there.
func readCompose(paths []string) (*types.Project, error) {
	options, err := cli.NewProjectOptions(paths, cli.WithOsEnv)
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}
