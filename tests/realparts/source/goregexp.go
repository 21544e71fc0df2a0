// goregexp does with patterns what Go's package regexp does, of the standard library alone.
//
// Each line of stdin is a JSON object:
//
//	pattern     the pattern, in base64, as all text here
//	text        what is searched
//	replacement what is put in the place of matches
//	most        how many matches or pieces there may be, -1 for all
//
// Each line is answered by a JSON object: `code` and `piece` of the error, or what the methods give that the fields of
// `answer` are named by.
//
// With the argument fold, it prints for each rune that has another case that rune and unicode.SimpleFold of it.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"regexp/syntax"
	"unicode"
)

type request struct {
	Pattern     []byte `json:"pattern"`
	Text        []byte `json:"text"`
	Replacement []byte `json:"replacement"`
	Most        int    `json:"most"`
}

type answer struct {
	Code     string   `json:"code,omitempty"`
	Piece    []byte   `json:"piece,omitempty"`
	Names    [][]byte `json:"names"`
	Match    bool     `json:"match"`
	Find     *[]byte  `json:"find"`
	Index    []int    `json:"index"`
	All      [][]byte `json:"all"`
	AllIndex [][]int  `json:"all_index"`
	Replaced []byte   `json:"replaced"`
	Literal  []byte   `json:"literal"`
	Split    [][]byte `json:"split"`
	Quoted   []byte   `json:"quoted"`
}

func main() {
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	if len(os.Args) > 1 && os.Args[1] == "fold" {
		for r := rune(0); r <= unicode.MaxRune; r++ {
			if folded := unicode.SimpleFold(r); folded != r {
				fmt.Fprintln(output, r, folded)
			}
		}
		return
	}
	requests := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(output)
	for {
		var asked request
		if err := requests.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if err := answers.Encode(answered(asked)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

func answered(asked request) answer {
	compiled, err := regexp.Compile(string(asked.Pattern))
	if err != nil {
		var refused *syntax.Error
		if !errors.As(err, &refused) {
			return answer{Code: err.Error()}
		}
		return answer{Code: string(refused.Code), Piece: []byte(refused.Expr)}
	}
	text, replacement := string(asked.Text), string(asked.Replacement)
	given := answer{
		Names:    asBytes(compiled.SubexpNames()),
		Match:    compiled.MatchString(text),
		Index:    compiled.FindStringSubmatchIndex(text),
		All:      asBytes(compiled.FindAllString(text, asked.Most)),
		AllIndex: compiled.FindAllStringSubmatchIndex(text, asked.Most),
		Replaced: []byte(compiled.ReplaceAllString(text, replacement)),
		Literal:  []byte(compiled.ReplaceAllLiteralString(text, replacement)),
		Split:    asBytes(compiled.Split(text, asked.Most)),
		Quoted:   []byte(regexp.QuoteMeta(text)),
	}
	if found := compiled.FindStringIndex(text); found != nil {
		piece := asked.Text[found[0]:found[1]]
		given.Find = &piece
	}
	return given
}

func asBytes(texts []string) [][]byte {
	all := make([][]byte, len(texts))
	for i, each := range texts {
		all[i] = []byte(each)
	}
	return all
}
