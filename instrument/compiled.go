package instrument

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"varde/expr"
)

// Compiled is an instrument that was checked and is ready to ask and score. It
// never changes and is safe for concurrent use.
type Compiled struct {
	Instrument
	Hash   string // hex SHA-256 of the canonical content (not of its layout as a file)
	Origin Origin // the file it was read from

	items   map[string]int // id -> index in Items
	scores  map[string]int // id -> index in Scores
	options [][]Option     // by item, shared options resolved
	codes   []map[string]bool
	types   []expr.Type     // by item
	when    []*expr.Program // by item, nil = always asked
	plans   []plan          // by score
	alerts  []*expr.Program // by alert
}

// Origin is the file that an instrument was read from.
type Origin struct {
	File string
	Text []byte
}

// Library holds compiled instruments by id.
type Library map[string]*Compiled

// Item answers the item of that id.
func (c *Compiled) Item(id string) (*Item, bool) {
	i, ok := c.items[id]
	if !ok {
		return nil, false
	}
	return &c.Items[i], true
}

// ScoreOf answers the definition of the score of that id.
func (c *Compiled) ScoreOf(id string) (*Score, bool) {
	i, ok := c.scores[id]
	if !ok {
		return nil, false
	}
	return &c.Scores[i], true
}

// OptionsOf answers the options of an item, its own or those it shares.
func (c *Compiled) OptionsOf(item *Item) []Option {
	if i, ok := c.items[item.ID]; ok {
		return c.options[i]
	}
	return item.Options
}

// NativeType answers the type that expressions see an item or score as.
func (c *Compiled) NativeType(id string) (expr.Type, bool) {
	if i, ok := c.items[id]; ok {
		return c.types[i], true
	}
	if i, ok := c.scores[id]; ok {
		return c.plans[i].result, true
	}
	return expr.Any, false
}

func nativeType(item *Item, options []Option) expr.Type {
	switch item.Type {
	case Integer, Scale:
		return expr.Int
	case Decimal:
		return expr.Double
	case Boolean:
		return expr.Bool
	case MultiChoice:
		return expr.Strings
	case Choice:
		for _, o := range options {
			if o.Value.Kind() != Number {
				return expr.String
			}
		}
		if len(options) > 0 {
			return expr.Int
		}
	}
	return expr.String
}

// Native answers the value of an item or score as expressions see it: bool,
// int64, float64, string or []string; nil when it is not given or of another
// kind than the item.
func (c *Compiled) Native(id string, v Value) any {
	t, ok := c.NativeType(id)
	if !ok {
		return nil
	}
	return native(t, v)
}

func native(t expr.Type, v Value) any {
	switch t {
	case expr.Int:
		if x, ok := v.Float(); ok && x == float64(int64(x)) {
			return int64(x)
		}
	case expr.Double:
		if x, ok := v.Float(); ok {
			return x
		}
	case expr.Bool:
		if b, ok := v.Bool(); ok {
			return b
		}
	case expr.String:
		if v.kind == String {
			return v.str
		}
	case expr.Strings:
		if v.kind == List {
			return v.list
		}
	}
	return nil
}

func contentHash(in *Instrument) string {
	b, err := json.Marshal(in)
	if err != nil {
		// Only a value that the compiler has refused already cannot be written.
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
