package api

import (
	"fmt"
	"io/fs"
	"net/http"
	"reflect"
	"time"

	"varde/access"
	"varde/instruments"
	"varde/protocol"
	"varde/study"
)

// Opening is the body of open-study: a protocol cannot be named, it is sent whole,
// because the study is bound to every byte of it.
type Opening struct {
	Mode  string            `json:"mode,omitempty" doc:"practice or live"`
	Title string            `json:"title,omitempty"`
	At    time.Time         `json:"at,omitzero"`
	Files map[string]string `json:"files,omitempty" doc:"the protocol's YAML files by name; its own forms as forms/NAME.yaml. Shipped instruments need not be sent"`
}

var openStudy = command{Name: "open-study", Type: reflect.TypeFor[study.OpenStudy](), shape: reflect.TypeFor[Opening](), Needs: access.SetUp,
	Summary: "Open a study under a protocol", Required: []string{"mode", "title", "files"}, handle: open}

func open(c *call) error {
	body, client, err := c.readWrite()
	if err != nil {
		return err
	}
	var in Opening
	if err := decode(body, &in); err != nil {
		return err
	}
	switch {
	case !c.actor.InStudy(c.study):
		c.refused("no-such-study")
		return notFound("no-such-study", "there is no such study here", "studien finnes ikke her")
	case !c.actor.Can(access.SetUp):
		// Said before the protocol is looked at: checking one is work.
		c.refused("role-may-not")
		return &study.Refusal{Kind: study.Forbidden, Code: "role-may-not", Text: study.Text{EN: "your role may not open a study", NB: "rollen din kan ikke åpne en studie"}}
	case in.Mode == "":
		return required("mode")
	case in.Title == "":
		return required("title")
	case len(in.Files) == 0:
		return required("files")
	}
	def, err := definition(in.Files)
	if err != nil {
		return err
	}
	return c.carryOut(study.OpenStudy{At: in.At, Mode: in.Mode, Title: in.Title, Definition: def}, client)
}

// definition loads a protocol from its files and the shipped instruments.
func definition(sent map[string]string) (*protocol.Definition, error) {
	files := map[string][]byte{}
	shipped, err := fs.Glob(instruments.FS, "*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range shipped {
		if files["instruments/"+name], err = fs.ReadFile(instruments.FS, name); err != nil {
			return nil, err
		}
	}
	for name, text := range sent {
		files[name] = []byte(text)
	}
	def, findings := protocol.FromFiles(files)
	if def != nil {
		return def, nil
	}
	p := &problemError{Problem{Status: http.StatusUnprocessableEntity, Code: "protocol-errors", Field: "/files", Findings: []Finding{}}}
	for _, f := range findings {
		if f.Severity == protocol.Error {
			p.Findings = append(p.Findings, Finding{Code: f.Code, Severity: fmt.Sprint(f.Severity), File: f.File, Line: f.Line, Column: f.Column, Path: f.Path, Message: f.Message, Fix: f.Fix})
		}
	}
	p.Text = Text{EN: fmt.Sprintf("the protocol has %d errors: see findings", len(p.Findings)), NB: fmt.Sprintf("protokollen har %d feil: se findings", len(p.Findings))}
	return nil, p
}

// sealAllocation takes nothing: the list is drawn by the server, so that nobody
// outside has ever seen its seed.
var sealAllocation = command{Name: "seal-allocation", Type: reflect.TypeFor[study.SealAllocation](), shape: reflect.TypeFor[struct{}](), Needs: access.SetUp,
	Summary: "Draw and seal the allocation list. From then on nobody can choose another", handle: seal}

func seal(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	if err := decode(body, &struct{}{}); err != nil {
		return err
	}
	if err := c.app.SealAllocation(c.r.Context(), c.actor, c.study, nil); err != nil {
		return err
	}
	return c.send(http.StatusOK, Outcome{Events: []Event{}})
}
