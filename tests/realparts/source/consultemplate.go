// consultemplate executes templates as Consul-Template does, with its functions.
//
// Each line of stdin is a JSON object:
//
//	template    the text, in base64
//	data        what the function `data` returns; an object with one key that begins with $ is a value that JSON has
//	            not: {"$int": "1"}, {"$int64": "1"}, {"$uint8": "1"}, {"$float64": "1.5"}, {"$bytes": "eA=="}
//	left, right the delimiters, "" for the usual ones
//	missingkey  "zero" or "error": Consul-Template has no other
//
// Each line is answered by a JSON object: output, in base64, or error.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/consul-template/template"
)

type request struct {
	Template   []byte `json:"template"`
	Data       any    `json:"data"`
	Left       string `json:"left"`
	Right      string `json:"right"`
	MissingKey string `json:"missingkey"`
}

type answer struct {
	Output []byte `json:"output"`
	Error  string `json:"error"`
}

// denied may not be reached by a generated template.
var denied = []string{"plugin", "writeToFile", "file", "env", "mustEnv", "spew_*", "sockaddr"}

func main() {
	requests := json.NewDecoder(os.Stdin)
	requests.UseNumber()
	answers := json.NewEncoder(os.Stdout)
	for {
		var asked request
		if err := requests.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fail(err)
		}
		given := answer{}
		if output, err := execute(asked); err != nil {
			given.Error = strings.TrimPrefix(strings.TrimPrefix(err.Error(), "execute: "), "parse: ")
		} else {
			given.Output = output
		}
		if err := answers.Encode(given); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func execute(asked request) ([]byte, error) {
	if len(asked.Template) == 0 { // Consul-Template refuses it
		return nil, nil
	}
	made, err := template.NewTemplate(&template.NewTemplateInput{
		Contents:         string(asked.Template),
		LeftDelim:        asked.Left,
		RightDelim:       asked.Right,
		ErrMissingKey:    asked.MissingKey == "error",
		FunctionDenylist: denied,
		ExtFuncMap:       map[string]any{"data": func() any { return typed(asked.Data) }},
	})
	if err != nil {
		return nil, err
	}
	result, err := made.Execute(&template.ExecuteInput{Brain: template.NewBrain()})
	if err != nil {
		return nil, err
	}
	return result.Output, nil
}

// typed makes Go's values of what stands for them, and leaves a list no capacity that depends on how it was decoded.
// It makes new ones each time, as a template may change them.
func typed(value any) any {
	switch value := value.(type) {
	case []any:
		made := make([]any, 0, len(value))
		for _, each := range value {
			made = append(made, typed(each))
		}
		return slices.Clip(made)
	case map[string]any:
		if len(value) == 1 {
			for key, each := range value {
				if text, ok := each.(string); ok && key != "" && key[0] == '$' {
					return special(key, text)
				}
			}
		}
		made := make(map[string]any, len(value))
		for key, each := range value {
			made[key] = typed(each)
		}
		return made
	}
	return value
}

func special(key, text string) any {
	whole, _ := strconv.ParseInt(text, 10, 64)
	switch key {
	case "$int":
		return int(whole)
	case "$int64":
		return whole
	case "$uint8":
		return uint8(whole)
	case "$float64":
		number, _ := strconv.ParseFloat(text, 64)
		return number
	case "$bytes":
		data, _ := base64.StdEncoding.DecodeString(text)
		return slices.Clip(data)
	}
	fail(fmt.Errorf("no such type: %s", key))
	return nil
}
