package web

import (
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"
)

// around logs every request by its route, never by its address: an address holds
// participant numbers, and a log is read by people who must not have them. It also
// catches what panics outside the pages.
func around(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &answer{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				text := ""
				if e, ok := p.(runtime.Error); ok {
					text = e.Error()
				}
				log.Error("request failed", "what", "panic", "method", r.Method, "route", r.Pattern, "error", text, "stack", string(debug.Stack()))
				if seen.status == 0 {
					http.Error(seen, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
				}
			}
			status := seen.status
			if status == 0 {
				status = http.StatusOK
			}
			log.Info("request", "method", r.Method, "route", r.Pattern, "status", status, "duration", time.Since(began).Round(time.Microsecond))
		}()
		next.ServeHTTP(seen, r)
	})
}

// answer remembers the status.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
