package migrate

import (
	"context"
	"fmt"
	"strings"

	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// Study is what the ledger holds of a study, as far as an amendment touches it.
type Study struct {
	Definition *protocol.Definition // it runs under
	Records    []Record
}

// Read reads the study's protocol and every participant's record.
func Read(ctx context.Context, store ledger.Store, studyID string) (*Study, error) {
	out := &Study{}
	events, err := stream(ctx, store, studyID, study.StudyStream)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		d, ok := e.Data.(study.StudyOpened)
		if !ok {
			continue
		}
		files := make(map[string][]byte, len(d.Files))
		for name, content := range d.Files {
			files[name] = []byte(content)
		}
		def, findings := protocol.FromRecord(files)
		if def == nil {
			return nil, fmt.Errorf("migrate: the protocol in the record cannot be read by this version of Varde: %s", findings[0])
		}
		out.Definition = def
	}
	if out.Definition == nil {
		return nil, fmt.Errorf("migrate: there is no study %q in this record", studyID)
	}
	prefix := study.ParticipantStream("")
	names, err := store.Streams(ctx, studyID, prefix)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		events, err := stream(ctx, store, studyID, name)
		if err != nil {
			return nil, err
		}
		out.Records = append(out.Records, Record{Participant: strings.TrimPrefix(name, prefix), Events: events})
	}
	return out, nil
}

func stream(ctx context.Context, store ledger.Store, studyID, name string) ([]study.Event, error) {
	var out []study.Event
	for l, err := range store.Events(ctx, ledger.Read{Study: studyID, Stream: name}) {
		if err != nil {
			return nil, err
		}
		e, err := study.Decode(l)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
