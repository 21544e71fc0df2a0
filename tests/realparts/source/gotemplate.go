// gotemplate executes templates as Go does: text/template and fmt, of the standard library alone.
//
// Each line of stdin is a JSON object:
//
//	template    the text, in base64
//	data        what it is executed with; an object with one key that begins with $ is a value that JSON has not:
//	            {"$int": "1"}, {"$int64": "1"}, {"$uint8": "1"}, {"$float64": "1.5"}, {"$bytes": "eA=="};
//	            {"$record": {...}} is a pointer to a struct
//	left, right the delimiters, "" for the usual ones
//	missingkey  text/template's option
//
// A template has the functions below beside the builtin ones. Each line is answered by a JSON object: output, in base64, or error.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"text/template"
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

// functions have parameters of each type, and say what came.
var functions = template.FuncMap{
	"takesInt":    func(value int) string { return came(value) },
	"takesInt8":   func(value int8) string { return came(value) },
	"takesInt64":  func(value int64) string { return came(value) },
	"takesUint8":  func(value uint8) string { return came(value) },
	"takesUint64": func(value uint64) string { return came(value) },
	"takesFloat":  func(value float64) string { return came(value) },
	"takesBool":   func(value bool) string { return came(value) },
	"takesString": func(value string) string { return came(value) },
	"takesList":   func(value []any) string { return came(value) },
	"takesMap":    func(value map[string]any) string { return came(value) },
	"takesAny":    func(value any) string { return came(value) },
	"takesInts":   func(text string, values ...int) string { return came(text) + came(values) },
	"gives":       func(value any) any { return value },
	"fails":       func() (string, error) { return "", errors.New("as it should") },
}

func came(value any) string { return fmt.Sprintf("%T %v;", value, value) }

// limited refuses what our own limits would refuse.
type limited struct{ bytes.Buffer }

const mostOutput = 1 << 20

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > mostOutput {
		return 0, errors.New("output limit")
	}
	return l.Buffer.Write(p)
}

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
			given.Error = err.Error()
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
	parsed, err := template.New("").Delims(asked.Left, asked.Right).Option("missingkey=" + asked.MissingKey).
		Funcs(functions).Parse(string(asked.Template))
	if err != nil {
		return nil, err
	}
	output := limited{}
	if err := parsed.Execute(&output, typed(asked.Data)); err != nil {
		return nil, err
	}
	return output.Bytes(), nil
}

// Record has a field of each type that a field may have.
type Record struct {
	Name  string
	Count int
	Data  map[string]any
	Any   any
	Tags  []string
	Next  *Record
}

func record(fields map[string]any) *Record {
	made := Record{Count: len(fields), Data: map[string]any{}, Any: typed(fields["Any"])}
	made.Tags = slices.Clip(slices.Sorted(maps.Keys(fields)))
	if made.Tags == nil {
		made.Tags = []string{}
	}
	for key, each := range fields {
		if key != "Name" {
			made.Data[key] = typed(each)
		} else if name, ok := each.(string); ok {
			made.Name = name
		}
	}
	return &made
}

// typed makes Go's values of what stands for them, and leaves a list no capacity that depends on how it was decoded.
func typed(value any) any {
	switch value := value.(type) {
	case []any:
		for i, each := range value {
			value[i] = typed(each)
		}
		return slices.Clip(value)
	case map[string]any:
		if len(value) == 1 {
			for key, each := range value {
				if fields, ok := each.(map[string]any); ok && key == "$record" {
					return record(fields)
				}
				if text, ok := each.(string); ok && key != "" && key[0] == '$' {
					return special(key, text)
				}
			}
		}
		for key, each := range value {
			value[key] = typed(each)
		}
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
