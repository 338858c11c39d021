package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// One stage as the builder sees it: where it begins, and its instructions in order.
type stage struct {
	Name         string        `json:"name"`
	Base         string        `json:"base"`
	Instructions []instruction `json:"instructions"`
}

// Keyword in lower case; the words that belong to it; JSON form (no shell) or not; flags such as --from=build.
type instruction struct {
	Keyword string   `json:"keyword"`
	Words   []string `json:"words"`
	JSON    bool     `json:"json"`
	Flags   []string `json:"flags"`
	Line    int      `json:"line"`
}

func readDockerfile(path string) ([]stage, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var warnings []error
	warn := func(rule, _, _, message string, lines []parser.Range) {
		line := 0
		if len(lines) > 0 {
			line = lines[0].Start.Line
		}
		warnings = append(warnings, fmt.Errorf("%s:%d: %s: %s", path, line, rule, message))
	}
	// Refuses unknown instructions, flags and forms, and warns by BuildKit's own rules.
	if _, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{Warn: warn})); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(warnings) > 0 {
		return nil, errors.Join(warnings...)
	}
	return stagesOf(path, parsed.AST)
}

func stagesOf(path string, file *parser.Node) ([]stage, error) {
	var stages []stage
	for _, node := range file.Children {
		if len(node.Heredocs) > 0 {
			return nil, fmt.Errorf("%s:%d: here-documents are not read here", path, node.StartLine)
		}
		read := instruction{
			Keyword: strings.ToLower(node.Value),
			Words:   wordsOf(node),
			JSON:    node.Attributes["json"],
			Flags:   append([]string{}, node.Flags...),
			Line:    node.StartLine,
		}
		if read.Keyword == "from" {
			stages = append(stages, stage{Base: read.Words[0], Name: nameOf(read.Words), Instructions: []instruction{}})
			continue
		}
		if len(stages) == 0 {
			return nil, fmt.Errorf("%s:%d: %s stands before the first FROM", path, node.StartLine, read.Keyword)
		}
		last := &stages[len(stages)-1]
		last.Instructions = append(last.Instructions, read)
	}
	return stages, nil
}

func wordsOf(node *parser.Node) []string {
	words := []string{}
	for next := node.Next; next != nil; next = next.Next {
		words = append(words, next.Value)
	}
	return words
}

// FROM image AS name
func nameOf(words []string) string {
	if len(words) == 3 {
		return words[2]
	}
	return ""
}
