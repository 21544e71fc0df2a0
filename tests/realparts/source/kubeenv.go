// kubeenv FILE shows what a container gets of the variables of an env file, by Kubernetes' own code and the kernel's.
//
// Each line of stdin is a JSON list of names in base64, asked of FILE as it is then. Each is answered by a JSON list:
//
//	parsed   what the kubelet's parser gives, in base64; null where it refuses the file
//	environ  a process's whole environment, with that one variable, in base64; null where it would not start
//	refused  why it would not: the first who refuses
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/kubernetes/pkg/kubelet/util/env"
)

type answer struct {
	Parsed  []byte `json:"parsed"`
	Environ []byte `json:"environ"`
	Refused string `json:"refused"`
}

func main() {
	requests := json.NewDecoder(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		var names [][]byte
		if err := requests.Decode(&names); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fail(err)
		}
		given := make([]answer, len(names))
		for i, name := range names {
			given[i] = ask(os.Args[1], string(name))
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

func ask(file, name string) answer {
	value, err := env.ParseEnv(file, name)
	if err != nil {
		return answer{Refused: "the parser: " + err.Error()}
	}
	given := answer{Parsed: []byte(value)}
	// as validateFileKeySelector of pkg/apis/core/validation
	if wrong := validation.IsRelaxedEnvVarName(name); len(wrong) != 0 {
		given.Refused = "the API server: " + strings.Join(wrong, ", ")
		return given
	}
	// as makeEnvironmentVariables of pkg/kubelet
	if value == "" {
		given.Refused = "the kubelet: environment variable key not found"
		return given
	}
	given.Environ, err = start(name + "=" + value)
	if err != nil {
		given.Refused = "the runtime: " + err.Error()
	}
	return given
}

// start runs a program with one variable, as a container runtime does: by way of a configuration that is JSON.
func start(variable string) ([]byte, error) {
	config, err := json.Marshal(specs.Process{Env: []string{variable}})
	if err != nil {
		return nil, err
	}
	var process specs.Process
	if err := json.Unmarshal(config, &process); err != nil {
		return nil, err
	}
	output, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer output.Close()
	// not exec.Cmd: it fixes the environment first
	cat, err := os.StartProcess("/bin/cat", []string{"cat", "/proc/self/environ"}, &os.ProcAttr{
		Env:   process.Env,
		Files: []*os.File{nil, input, os.Stderr},
	})
	input.Close()
	if err != nil {
		return nil, err
	}
	environ, err := io.ReadAll(output)
	if _, waited := cat.Wait(); err == nil {
		err = waited
	}
	return environ, err
}
