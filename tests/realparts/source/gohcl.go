// gohcl parses HCL as Vault does: github.com/hashicorp/hcl, of the version that Vault has.
//
// Each line of stdin is a text in base64. Each is answered by a JSON object: error, or node, which is one of
//
//	{"items": [{"keys": [...], "line": 1, "value": node}, ...]}
//	{"list": [node, ...]}
//	{"text": "in base64"}, {"int": "1"}, {"float": 1.5}, {"bool": true}
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/hcl"
	"github.com/hashicorp/hcl/hcl/ast"
)

func encoded(node ast.Node) any {
	switch found := node.(type) {
	case *ast.ObjectType:
		return encoded(found.List)
	case *ast.ObjectList:
		items := []any{}
		for _, each := range found.Items {
			keys := []any{}
			for _, key := range each.Keys {
				keys = append(keys, key.Token.Value())
			}
			line := each.Keys[0].Pos().Line
			items = append(items, map[string]any{"keys": keys, "line": line, "value": encoded(each.Val)})
		}
		return map[string]any{"items": items}
	case *ast.ListType:
		elements := []any{}
		for _, each := range found.List {
			elements = append(elements, encoded(each))
		}
		return map[string]any{"list": elements}
	case *ast.LiteralType:
		switch value := found.Token.Value().(type) {
		case string:
			return map[string]any{"text": []byte(value)}
		case int64:
			return map[string]any{"int": fmt.Sprint(value)}
		case float64:
			return map[string]any{"float": value}
		case bool:
			return map[string]any{"bool": value}
		}
	}
	panic(fmt.Sprintf("a node of type %T", node))
}

func answer(text []byte) (given map[string]any) {
	defer func() {
		if reason := recover(); reason != nil {
			given = map[string]any{"error": fmt.Sprint("panic: ", reason)}
		}
	}()
	file, err := hcl.ParseBytes(text)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"node": encoded(file.Node)}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		text, err := base64.StdEncoding.DecodeString(lines.Text())
		if err == nil {
			err = out.Encode(answer(text))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
