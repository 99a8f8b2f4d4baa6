package main

import (
	"context"
	"fmt"
	"time"

	"varde/access"
	"varde/protocol"
	"varde/study"
)

type openCmd struct {
	Dir   string `arg:"" help:"Protocol folder; it must check without errors."`
	ID    string `name:"id" required:"" help:"Id of the study, such as ptsd-oslo."`
	Title string `required:"" help:"Title of the study."`
	Mode  string `enum:"practice,live" default:"practice" help:"practice, or live (refused while values are unconfirmed)."`
	Data  string `default:"varde-data" help:"Data folder."`
}

func (c *openCmd) Run(ctx context.Context, m *Main) error {
	def, findings, err := m.loadProtocol(c.Dir)
	if err != nil {
		return err
	}
	if def == nil {
		if err := protocol.WriteText(m.Stdout, findings); err != nil {
			return err
		}
		return errSilent
	}
	w, err := m.openWorkspace(ctx, c.Data, true, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.app.Do(ctx, access.System, c.ID, study.OpenStudy{Mode: c.Mode, Title: c.Title, Definition: def}, ""); err != nil {
		return err
	}
	if def.Allocation != nil {
		if err := w.app.SealAllocation(ctx, access.System, c.ID, nil); err != nil {
			return err
		}
	}
	fmt.Fprintf(m.Stdout, "Study %s is open under %s %s (%s).\n", c.ID, def.ID, def.Version, c.Mode)
	if def.Allocation != nil {
		fmt.Fprintln(m.Stdout, "Its allocation list is drawn and sealed. Keep copies of seal.key and of the master key in a safe place: without the one nobody can be randomised, without the other no identity can be read again.")
	}
	fmt.Fprintln(m.Stdout, "Next: varde serve, and open the link that it prints to become the first administrator. Then invite people, open sites and delegate roles.")
	return nil
}

type tokenCmd struct {
	Issue  tokenIssueCmd  `cmd:"" help:"Issue a token for a program that uses the JSON interface; it is printed once."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke all tokens of an id at once."`
}

type tokenIssueCmd struct {
	ID    string   `name:"id" required:"" help:"Who: an account id, for staff the same as at the site."`
	Name  string   `required:"" help:"Name as it is shown."`
	Role  string   `required:"" help:"Role, such as coordinator."`
	Study string   `help:"Only this study; without it, every study."`
	Sites []string `name:"site" help:"Only these sites (may be given several times); without it, every site."`
	Days  int      `default:"90" help:"How many days the token is good for, 366 at most."`
	Data  string   `default:"varde-data" help:"Data folder."`
}

func (c *tokenIssueCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	token, err := w.app.IssueToken(ctx, access.Actor{ID: c.ID, Name: c.Name, Role: c.Role, Study: c.Study, Sites: c.Sites}, time.Duration(c.Days)*24*time.Hour)
	if err != nil {
		return err
	}
	fmt.Fprintln(m.Stdout, token)
	return nil
}

type tokenRevokeCmd struct {
	ID   string `name:"id" required:"" help:"Whose tokens."`
	Data string `default:"varde-data" help:"Data folder."`
}

func (c *tokenRevokeCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	return w.app.RevokeToken(ctx, c.ID)
}

type rebuildCmd struct {
	Data string `default:"varde-data" help:"Data folder."`
}

func (c *rebuildCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	for _, s := range w.app.Studies(ctx, access.System) {
		r, err := w.app.Rebuild(ctx, s.ID)
		if err != nil {
			return fmt.Errorf("study %s: %w", s.ID, err)
		}
		same := "the same, bit for bit"
		if !r.Same() {
			same = "DIFFERENT from before: the views were not what the record says, and are now"
		}
		rate := float64(r.Events) / max(r.Took.Seconds(), 1e-9)
		fmt.Fprintf(m.Stdout, "%s: %d events of %d participants in %s (%.0f events/s); views %s\n", s.ID, r.Events, r.Participants, r.Took.Round(time.Millisecond), rate, same)
	}
	return nil
}
