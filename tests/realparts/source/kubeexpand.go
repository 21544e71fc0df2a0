// kubeexpand reads one JSON string a line, expands it as the kubelet does for env values, args and commands,
// and writes the result as one JSON string a line. The environment is HOME=/home/expanded and nothing else.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

func main() {
	mapping := expansion.MappingFuncFor(map[string]string{"HOME": "/home/expanded"})
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(lines)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for {
		var value string
		if err := decoder.Decode(&value); err != nil {
			if err.Error() == "EOF" {
				return
			}
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := encoder.Encode(expansion.Expand(value, mapping)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
