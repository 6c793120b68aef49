package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// makeTargets reads the Makefile's targets and what each says of itself.
func makeTargets(t *testing.T) map[string]string {
	t.Helper()
	targets := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):[^=#]*## (.+)$`).FindAllStringSubmatch(readFile(t, "Makefile"), -1) {
		targets[m[1]] = m[2]
	}
	return targets
}

func TestTheMakefileExplainsItself(t *testing.T) {
	makefile := readFile(t, "Makefile")
	targets := makeTargets(t)
	for _, name := range []string{"help", "test", "race", "lint", "fuzz", "bench", "soak", "docs", "compat", "apidiff"} {
		if targets[name] == "" {
			t.Errorf("the target %s is missing, or does not say what it does", name)
		}
	}
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(makefile, -1) {
		all = append(all, m[1])
		if targets[m[1]] == "" {
			t.Errorf("the target %s does not say what it does", m[1])
		}
	}
	phony := strings.Fields(regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindStringSubmatch(makefile)[1])
	if diff := cmp.Diff(all, phony); diff != "" {
		t.Errorf(".PHONY (-targets +it):\n%s", diff)
	}
	program, err := exec.LookPath("make")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("no make of this kind here: its list is not looked at")
	}
	list, err := exec.CommandContext(t.Context(), program, "--no-print-directory").CombinedOutput() //nolint:gosec // make, found on the PATH
	if err != nil {
		t.Fatalf("make: %v\n%s", err, list)
	}
	for name, says := range targets {
		if !regexp.MustCompile(`make ` + name + ` +` + regexp.QuoteMeta(says)).Match(list) {
			t.Errorf("make does not list %s: %s", name, list)
		}
	}
}

// TestTheMakefileRunsWhatCIRuns compares the commands, so that "make lint" never passes what CI refuses.
func TestTheMakefileRunsWhatCIRuns(t *testing.T) {
	makefile, ci := readFile(t, "Makefile"), readFile(t, filepath.Join(".ci", "run"))
	for _, same := range []string{
		"golang.org/x/vuln/cmd/govulncheck@v",
		"gofmt -l .", "go vet ./...", "run --timeout=10m ./...", "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v",
		"grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' .", "-fuzzminimizetime=1x",
	} {
		if !strings.Contains(makefile, same) || !strings.Contains(ci, same) {
			t.Errorf("%q is not in both the Makefile and .ci/run", same)
		}
	}
	for _, m := range regexp.MustCompile(`\$\(call pinned,([a-z_]+)\)`).FindAllStringSubmatch(makefile, -1) {
		if !regexp.MustCompile(`(?m)^readonly ` + m[1] + `=\S+`).MatchString(ci) {
			t.Errorf(".ci/run pins no %s, which the Makefile reads there", m[1])
		}
	}
}

// contributorsFiles are the texts that name commands for those who work on the module.
func contributorsFiles(t *testing.T) []string {
	t.Helper()
	files := []string{"README.md", "CONTRIBUTING.md", "AGENTS.md", "Makefile", filepath.Join("internal", "compat", "doc.go")}
	for _, pattern := range []string{"docs/*.md", ".github/workflows/*.yml"} {
		found, err := filepath.Glob(pattern)
		must(t, err)
		files = append(files, found...)
	}
	return files
}

func TestEveryCommandForContributorsExists(t *testing.T) {
	targets := makeTargets(t)
	target := regexp.MustCompile("(?:`|run: |^ {6}- run: )make ([a-z]+)")
	place := regexp.MustCompile(`go (?:run|test|generate)[^\n` + "`" + `;&|]*? \./([A-Za-z0-9_/.-]+)`)
	for _, file := range contributorsFiles(t) {
		text := readFile(t, file)
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if targets[m[1]] == "" {
				t.Errorf("%s names make %s, which the Makefile does not have", file, m[1])
			}
		}
		for _, m := range place.FindAllStringSubmatch(text, -1) {
			if path := strings.TrimRight(strings.TrimSuffix(m[1], "/..."), "."); path != "" && path != "the/package" {
				if _, err := os.Stat(path); err != nil {
					t.Errorf("%s names ./%s, which does not exist", file, path)
				}
			}
		}
	}
}

// workflow is what these tests read of a GitHub workflow.
type workflow struct {
	Name        string            `yaml:"name"`
	On          any               `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		RunsOn         string `yaml:"runs-on"`
		TimeoutMinutes int    `yaml:"timeout-minutes"`
		Steps          []struct {
			Uses string            `yaml:"uses"`
			Run  string            `yaml:"run"`
			With map[string]string `yaml:"with"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

func TestTheWorkflowsRunWhatThereIs(t *testing.T) {
	files, err := filepath.Glob(".github/workflows/*.yml")
	must(t, err)
	if want := []string{"ci.yml", "fuzz.yml", "release.yml"}; len(files) < len(want) {
		t.Fatalf("workflows are %q, want %q", files, want)
	}
	script := regexp.MustCompile(`(?:^|[ (])(\.(?:ci|github)/[a-z-]+)`)
	for _, file := range files {
		var w workflow
		must(t, yaml.Unmarshal([]byte(readFile(t, file)), &w))
		if w.Name == "" || w.On == nil || w.Permissions["contents"] != "read" || len(w.Jobs) == 0 {
			t.Errorf("%s lacks a name, a trigger, read-only permissions or jobs: %+v", file, w)
		}
		for name, job := range w.Jobs {
			if job.RunsOn == "" || job.TimeoutMinutes == 0 {
				t.Errorf("%s: job %s lacks a machine or a time limit", file, name)
			}
			for _, step := range job.Steps {
				if !regexp.MustCompile(`^$|^[a-z-]+/[a-z-]+@(v\d+|[0-9a-f]{40})$`).MatchString(step.Uses) {
					t.Errorf("%s: %s is not pinned", file, step.Uses)
				}
				if version := step.With["go-version-file"]; version != "" {
					readFile(t, version)
				}
				for _, m := range script.FindAllStringSubmatch(step.Run, -1) {
					about, err := os.Stat(m[1])
					if err != nil || runtime.GOOS != "windows" && about.Mode()&0o100 == 0 {
						t.Errorf("%s runs %s, which is no program here: %v", file, m[1], err)
					}
				}
			}
		}
	}
}

func TestDependabotWatchesEveryManifest(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem string `yaml:"package-ecosystem"`
			Directory string `yaml:"directory"`
		} `yaml:"updates"`
	}
	must(t, yaml.Unmarshal([]byte(readFile(t, ".github/dependabot.yml")), &config))
	var watched []string
	for _, u := range config.Updates {
		if manifest := map[string]string{"gomod": "go.mod", "npm": "package.json"}[u.Ecosystem]; manifest != "" {
			watched = append(watched, strings.TrimPrefix(u.Directory+"/"+manifest, "/"))
		}
	}
	var manifests []string
	must(t, filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if name := filepath.Base(path); name == "go.mod" || name == "package.json" {
			manifests = append(manifests, filepath.ToSlash(path))
		}
		return err
	}))
	for i := range watched {
		watched[i] = strings.TrimPrefix(watched[i], "/")
	}
	slices.Sort(watched)
	slices.Sort(manifests)
	if diff := cmp.Diff(manifests, watched); diff != "" {
		t.Errorf("manifests (-there +watched):\n%s", diff)
	}
}

func TestTheChangelogHasTheShapeThatReleasesRead(t *testing.T) {
	headings := regexp.MustCompile(`(?m)^## .*$`).FindAllString(readFile(t, "CHANGELOG.md"), -1)
	if len(headings) == 0 || headings[0] != "## [Unreleased]" {
		t.Fatalf("the first section is not Unreleased: %q", headings)
	}
	for _, h := range headings[1:] {
		if !regexp.MustCompile(`^## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$`).MatchString(h) {
			t.Errorf("the heading %q is no version with a date", h)
		}
	}
}
