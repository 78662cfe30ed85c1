// Finds what a pattern matches in a text.
package main

import (
	"encoding/json"
	"fmt"
	"regexp"
)

const (
	defaultText    = "ada@example.org, grace@example.com"
	defaultPattern = `(?P<name>[\w.]+)@(?P<host>[\w.]+)`
	defaultLimit   = 100
)

const matchSchema = `{"type": "object", "properties": {
	"text": {"type": "string"}, "start": {"type": "integer"}, "end": {"type": "integer"},
	"groups": {"type": "array", "items": {"type": "string"}}}}`

var definition = Node{
	Name: "regex_extract", FriendlyName: "Extract by Pattern", Category: "Text/Search",
	Description: "Finds what a regular expression matches in a text",
	Permissions: []string{"streaming"}, AbiVersion: 1,
	Pins: []Pin{
		{Name: "exec", FriendlyName: "Run", PinType: "Input", DataType: "Exec"},
		{Name: "text", FriendlyName: "Text", PinType: "Input", DataType: "String", DefaultValue: defaultText},
		{Name: "pattern", FriendlyName: "Pattern", PinType: "Input", DataType: "String",
			Description: "In the syntax of RE2", DefaultValue: defaultPattern},
		{Name: "group", FriendlyName: "Group", PinType: "Input", DataType: "I64",
			Description: "The group whose values are collected; 0 is the whole match", DefaultValue: 0},
		{Name: "limit", FriendlyName: "Limit", PinType: "Input", DataType: "I64",
			Description: "At most so many matches", DefaultValue: defaultLimit, Range: []int{1, 10000}},
		{Name: "exec_out", FriendlyName: "Done", PinType: "Output", DataType: "Exec"},
		{Name: "none", FriendlyName: "None", PinType: "Output", DataType: "Exec", Description: "Nothing matches"},
		{Name: "matches", FriendlyName: "Matches", PinType: "Output", DataType: "Struct", ValueType: "Array",
			Description: "With their place in bytes", Schema: matchSchema},
		{Name: "named", FriendlyName: "Named groups", PinType: "Output", DataType: "String", ValueType: "HashMap",
			Description: "Of the first match"},
		{Name: "distinct", FriendlyName: "Distinct values", PinType: "Output", DataType: "String", ValueType: "HashSet"},
		{Name: "count", FriendlyName: "Count", PinType: "Output", DataType: "I64"},
	},
}

// Match is one element of the pin "matches". A group that takes no part is empty.
type Match struct {
	Text   string   `json:"text"`
	Start  int      `json:"start"`
	End    int      `json:"end"`
	Groups []string `json:"groups"`
}

func extract(text string, pattern *regexp.Regexp, limit int, each func(Match)) []Match {
	matches := []Match{}
	for _, place := range pattern.FindAllStringSubmatchIndex(text, limit) {
		groups := make([]string, len(place)/2)
		for group := range groups {
			if start := place[2*group]; start >= 0 {
				groups[group] = text[start:place[2*group+1]]
			}
		}
		match := Match{groups[0], place[0], place[1], groups}
		each(match)
		matches = append(matches, match)
	}
	return matches
}

func named(pattern *regexp.Regexp, match Match) map[string]string {
	values := map[string]string{}
	for group, name := range pattern.SubexpNames() {
		if name != "" {
			values[name] = match.Groups[group]
		}
	}
	return values
}

// distinct keeps the order in which values come first.
func distinct(matches []Match, group int) []string {
	values, seen := []string{}, map[string]bool{}
	for _, match := range matches {
		value := match.Groups[group]
		if !seen[value] {
			seen[value] = true
			values = append(values, value)
		}
	}
	return values
}

func node(document []byte) Result {
	call := struct {
		Inputs struct {
			Text, Pattern string
			Group, Limit  int
		}
		StreamState bool `json:"stream_state"`
	}{}
	inputs := &call.Inputs
	inputs.Text, inputs.Pattern, inputs.Limit = defaultText, defaultPattern, defaultLimit
	if err := json.Unmarshal(document, &call); err != nil {
		return failed("the inputs cannot be read: " + err.Error())
	}
	pattern, err := regexp.Compile(inputs.Pattern)
	if err != nil {
		return failed("the pattern cannot be used: " + err.Error())
	}
	logDebug(fmt.Sprintf("%d bytes, %d groups", len(inputs.Text), pattern.NumSubexp()))

	matches := extract(inputs.Text, pattern, inputs.Limit, func(match Match) {
		if call.StreamState {
			streamText(match.Text + "\n")
		}
	})
	if len(matches) == inputs.Limit {
		logWarn(fmt.Sprintf("there may be more than %d matches", inputs.Limit))
	}
	if len(matches) == 0 {
		logInfo("nothing matches")
		return Result{Outputs: map[string]any{"matches": matches, "count": 0}, ActivateExec: []string{"none"}}
	}
	// A group that the pattern does not have panics here: Go says so on stderr, and the node stops.
	values := distinct(matches, inputs.Group)
	logInfo(fmt.Sprintf("%d matches, %d distinct", len(matches), len(values)))
	return Result{
		Outputs: map[string]any{
			"matches": matches, "named": named(pattern, matches[0]), "distinct": values, "count": len(matches),
		},
		ActivateExec: []string{"exec_out"},
	}
}
