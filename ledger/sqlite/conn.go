package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"sync"

	driversqlite "modernc.org/sqlite"
)

// busyTimeout is how long, in milliseconds, a writer waits for another process.
const busyTimeout = "10000"

// dsn is the data source name of a database file. pragmas are "name(value)".
func dsn(path string, query url.Values, pragmas ...string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if query == nil {
		query = url.Values{}
	}
	query["_pragma"] = append([]string{"busy_timeout(" + busyTimeout + ")", "trusted_schema(0)"}, pragmas...)
	query.Set("_defensive", "1")
	return "file:" + (&url.URL{Path: filepath.ToSlash(abs)}).EscapedPath() + "?" + query.Encode(), nil
}

func writerDSN(path string) (string, error) {
	return dsn(path, nil,
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "recursive_triggers(1)", "secure_delete(1)",
		"cache_size(-32768)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)")
}

func readerDSN(path string) (string, error) {
	return dsn(path, url.Values{"mode": {"ro"}}, "query_only(1)", "cache_size(-4096)")
}

// conn is one connection with its prepared statements. It works on the driver
// itself: database/sql costs more than SQLite does on small statements. It is not
// safe for concurrent use, and one statement can not run inside itself.
type conn struct {
	driver driver.Conn
	stmts  map[string]driver.Stmt
	args   []driver.NamedValue
}

func connect(dsn string) (*conn, error) {
	d, err := (&driversqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &conn{driver: d, stmts: map[string]driver.Stmt{}}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.driver.Close())...)
}

// prepare returns the statement for a text. The texts are constants of this
// package, so there are few of them.
func (c *conn) prepare(text string) (driver.Stmt, error) {
	if s, ok := c.stmts[text]; ok {
		return s, nil
	}
	s, err := c.driver.Prepare(text)
	if err != nil {
		return nil, err
	}
	c.stmts[text] = s
	return s, nil
}

func (c *conn) bind(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, v := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.args
}

// exec runs a statement that gives no rows. Arguments are of the driver's types:
// int64, string, []byte, nil.
func (c *conn) exec(text string, args ...driver.Value) (driver.Result, error) {
	s, err := c.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.(driver.StmtExecContext).ExecContext(context.Background(), c.bind(args))
}

// query calls row for each row. Its slice is used again, the values are not.
// Return errStop to end early.
func (c *conn) query(ctx context.Context, text string, row func([]driver.Value) error, args ...driver.Value) (err error) {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	// A context that can end costs the driver a goroutine a statement and a lock a
	// row; so the end is looked for here.
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.bind(args))
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	values := make([]driver.Value, len(rows.Columns()))
	for n := 0; ; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch err := rows.Next(values); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		switch err := row(values); {
		case err == errStop:
			return nil
		case err != nil:
			return err
		}
	}
}

var errStop = errors.New("stop")

// first returns the first row, or nil when there is none.
func (c *conn) first(text string, args ...driver.Value) (values []driver.Value, err error) {
	err = c.query(context.Background(), text, func(row []driver.Value) error {
		values = row
		return errStop
	}, args...)
	return values, err
}

// number returns the integer of the first row, missing when there is no row or it is NULL.
func (c *conn) number(missing int64, text string, args ...driver.Value) (int64, error) {
	row, err := c.first(text, args...)
	if err != nil || row == nil || row[0] == nil {
		return missing, err
	}
	n, ok := row[0].(int64)
	if !ok {
		return 0, fmt.Errorf("expected an integer, got %T", row[0])
	}
	return n, nil
}

// idleReaders is how many connections for reading are kept open.
const idleReaders = 8

// readers is the pool of read-only connections. There is no upper bound on those
// in use: a reader that reads again inside its loop must never wait for itself.
type readers struct {
	dsn    string
	mu     sync.Mutex
	idle   []*conn
	closed bool
}

func (r *readers) get() (*conn, error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, errClosed
	}
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return c, nil
	}
	r.mu.Unlock()
	return connect(r.dsn)
}

func (r *readers) put(c *conn) {
	r.mu.Lock()
	keep := !r.closed && len(r.idle) < idleReaders
	if keep {
		r.idle = append(r.idle, c)
	}
	r.mu.Unlock()
	if !keep {
		c.close() // nothing was written through it, its error says nothing
	}
}

// with lends a connection to f.
func (r *readers) with(f func(*conn) error) error {
	c, err := r.get()
	if err != nil {
		return err
	}
	defer r.put(c)
	return f(c)
}

func (r *readers) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	var errs []error
	for _, c := range r.idle {
		errs = append(errs, c.close())
	}
	r.idle = nil
	return errors.Join(errs...)
}
