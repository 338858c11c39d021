package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Holds a dashboard against Grafana's own types: unknown members and values outside their sets are errors, panels and
// queries included.
func readDashboard(path string) (*dashboard.Dashboard, error) {
	plugins.RegisterDefaultPlugins()
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var read dashboard.Dashboard
	if err := listed(read.UnmarshalJSONStrict(text)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := listed(read.Validate()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &read, nil
}

// The types return a list of errors, which for nested panels is there and empty when nothing is wrong.
func listed(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && list.Error() == "" {
		return nil
	}
	return err
}
