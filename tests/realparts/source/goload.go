// goload sends AdmissionReviews as the API server does: Go's net/http, HTTP/1.1, connections kept alive, no retry.
// A request that gets anything but status 200 and a whole body is lost.
//
//	goload -ca ca.pem -bodies DIR -endpoints FILE -count N [-workers N] [-rate N] [-progress N]
//
// FILE has one HOST:PORT a line and is read at each new connection, as a Service's endpoints may change at any time.
// -rate is requests a second in all, 0: as fast as answers come. The result is one JSON object on stdout; with
// -progress a line is written to stderr after each so many requests.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type result struct {
	Sent        int64          `json:"sent"`
	Lost        int64          `json:"lost"`
	Errors      map[string]int `json:"errors"`
	Connections int64          `json:"connections"`
	Seconds     float64        `json:"seconds"`
	P50         float64        `json:"p50_ms"`
	P99         float64        `json:"p99_ms"`
	P999        float64        `json:"p999_ms"`
	Max         float64        `json:"max_ms"`
}

// once is a body without GetBody: the transport cannot send it a second time, as it cannot for a real request's stream.
type once struct{ io.Reader }

func main() {
	ca := flag.String("ca", "", "")
	bodies := flag.String("bodies", "", "")
	endpoints := flag.String("endpoints", "", "")
	count := flag.Int64("count", 1000, "")
	workers := flag.Int("workers", 16, "")
	rate := flag.Float64("rate", 0, "")
	progress := flag.Int64("progress", 0, "")
	flag.Parse()

	pem, err := os.ReadFile(*ca)
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	files, err := filepath.Glob(filepath.Join(*bodies, "*"))
	must(err)
	contents := make([][]byte, len(files))
	for index, file := range files {
		contents[index], err = os.ReadFile(file)
		must(err)
	}
	var connections, turn atomic.Int64
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"},
		MaxIdleConnsPerHost:   25, // as client-go sets it for webhooks
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     false,
		TLSNextProto:          map[string]func(string, *tls.Conn) http.RoundTripper{},
		ExpectContinueTimeout: time.Second,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			text, err := os.ReadFile(*endpoints)
			if err != nil {
				return nil, err
			}
			lines := strings.Fields(string(text))
			connections.Add(1)
			return dialer.DialContext(ctx, network, lines[int(turn.Add(1))%len(lines)])
		},
	}
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}

	var next, lost atomic.Int64
	var mutex sync.Mutex
	failures := map[string]int{}
	latencies := make([]float64, *count)
	started := time.Now()
	var group sync.WaitGroup
	for range *workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				number := next.Add(1) - 1
				if number >= *count {
					return
				}
				if *rate > 0 {
					due := started.Add(time.Duration(float64(number) / *rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				begun := time.Now()
				if err := send(client, contents[int(number)%len(contents)]); err != nil {
					lost.Add(1)
					mutex.Lock()
					failures[err.Error()]++
					mutex.Unlock()
				}
				latencies[number] = float64(time.Since(begun).Microseconds()) / 1000
				if *progress > 0 && (number+1)%*progress == 0 {
					fmt.Fprintln(os.Stderr, number+1)
				}
			}
		}()
	}
	group.Wait()
	seconds := time.Since(started).Seconds()
	sort.Float64s(latencies)
	at := func(part float64) float64 { return latencies[min(int(part*float64(len(latencies))), len(latencies)-1)] }
	must(json.NewEncoder(os.Stdout).Encode(result{
		*count, lost.Load(), failures, connections.Load(), seconds, at(0.5), at(0.99), at(0.999), latencies[len(latencies)-1],
	}))
}

func send(client *http.Client, body []byte) error {
	request, err := http.NewRequest("POST", "https://webhook/mutate?timeout=5s", once{strings.NewReader(string(body))})
	if err != nil {
		return err
	}
	request.ContentLength = int64(len(body))
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != 200 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
