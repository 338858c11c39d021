package assay

import (
	"os"
	"strings"
	"testing"
)

// The example that people copy is the one that is compiled here.
func TestTheReadmeShowsTheExampleThatIsCompiled(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, found := strings.Cut(string(source), "func Example() {\n")
	if !found {
		t.Fatal("there is no example")
	}
	body = strings.TrimSuffix(body, "}\n")
	lines := strings.Split(body, "\n")
	for index, line := range lines {
		lines[index] = strings.TrimPrefix(line, "\t")
	}
	if shown := "```go\n" + strings.Join(lines, "\n") + "```\n"; !strings.Contains(string(page), shown) {
		t.Errorf("README.md has no\n%s", shown)
	}
}
