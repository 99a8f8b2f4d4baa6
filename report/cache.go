package report

import (
	"context"
	"slices"
	"strings"
	"sync"

	"varde/access"
	"varde/analysis"
	"varde/ledger"
)

// Cache keeps the newest results, so that a page that is opened again does not fit every
// model again. A result is kept for one state of the record and for readers of one role
// and scope; each reader is asked anew whether they may see it. The zero value is ready.
type Cache struct {
	mu   sync.Mutex
	kept []keptResult // the newest last
}

type keptResult struct {
	study, role, sites string
	size               int64
	root               ledger.Hash
	result             analysis.Result
}

// mostKept bounds the memory: a result is some hundred kilobytes.
const mostKept = 12

// Build answers as the function Build does.
func (c *Cache) Build(ctx context.Context, src Source, actor access.Actor, studyID string) (analysis.Result, error) {
	for _, err := range src.Subjects(ctx, actor, studyID) { // may they see it?
		if err != nil {
			return analysis.Result{}, err
		}
		break
	}
	at, err := src.Checkpoint(ctx, studyID)
	if err != nil {
		return analysis.Result{}, err
	}
	key := keptResult{study: studyID, role: actor.Role, sites: strings.Join(slices.Sorted(slices.Values(actor.Sites)), " "), size: at.Size, root: at.Root}
	if actor.Sites == nil {
		key.sites = "*"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.kept {
		if k.study == key.study && k.role == key.role && k.sites == key.sites && k.size == key.size && k.root == key.root {
			return k.result, nil
		}
	}
	r, err := Build(ctx, src, actor, studyID)
	if err != nil {
		return r, err
	}
	if r.Cut.Size == key.size {
		key.result = r
		c.kept = append(c.kept, key)
		c.kept = c.kept[max(0, len(c.kept)-mostKept):]
	}
	return r, nil
}
