package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"varde/identity"
)

type accountCmd struct {
	Bootstrap accountBootstrapCmd `cmd:"" help:"Print a one-time link for the first administrator."`
	List      accountListCmd      `cmd:"" help:"List accounts."`
	Link      accountLinkCmd      `cmd:"" help:"Print a one-time link for an account that has lost its keys, or for a new one."`
	Disable   accountDisableCmd   `cmd:"" help:"End an account's access and all its sessions at once."`
}

// console is who acts on the machine itself, where whoever can read the data folder
// can do anything: the log says that it was done there.
var console = identity.By{Account: "console", Role: "administrator"}

type accountBootstrapCmd struct {
	Data string `default:"varde-data" help:"Data folder."`
	URL  string `name:"url" help:"Address that readers come by; by default the one that was last served."`
}

func (c *accountBootstrapCmd) Run(ctx context.Context, m *Main) error {
	return m.withPeople(ctx, c.Data, c.URL, func(w *workspace) error {
		link, err := w.people.Bootstrap(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(m.Stdout, "Open this link to become the first administrator. It works once, within %s; earlier ones no longer work.\n%s\n", within(w.people.Limits().Link), link)
		return nil
	})
}

type accountListCmd struct {
	Search string `arg:"" optional:"" help:"Only accounts with this in their id or name."`
	Data   string `default:"varde-data" help:"Data folder."`
}

func (c *accountListCmd) Run(ctx context.Context, m *Main) error {
	return m.withPeople(ctx, c.Data, "", func(w *workspace) error {
		out := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "ACCOUNT\tNAME\tKIND\tROLES\tSIGNS IN BY\tSTATE")
		err := eachAccount(ctx, w.people, c.Search, func(a identity.Account) {
			state := "active"
			switch {
			case !a.Disabled.IsZero():
				state = "disabled " + a.Disabled.UTC().Format("2006-01-02")
			case !canSignIn(a):
				state = "has no key yet"
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, plain(a.Name), a.Kind, strings.Join(a.Roles, ", "), strings.Join(ways(a), ", "), state)
		})
		if err != nil {
			return err
		}
		return out.Flush()
	})
}

// ways are the means by which an account signs in.
func ways(a identity.Account) []string {
	var out []string
	keys := 0
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			keys++
		}
	}
	switch {
	case keys == 1:
		out = append(out, "1 passkey")
	case keys > 1:
		out = append(out, fmt.Sprintf("%d passkeys", keys))
	}
	if a.HasPassword {
		out = append(out, "password and app")
	}
	for _, s := range a.Subjects {
		out = append(out, s.Provider)
	}
	if len(out) == 0 {
		out = append(out, "-")
	}
	return out
}

// plain keeps what was typed as a name from moving the terminal's cursor.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

type accountLinkCmd struct {
	Account string `arg:"" help:"Account id."`
	Name    string `help:"Printed name, for a new account of staff."`
	Data    string `default:"varde-data" help:"Data folder."`
	URL     string `name:"url" help:"Address that readers come by; by default the one that was last served."`
}

func (c *accountLinkCmd) Run(ctx context.Context, m *Main) error {
	return m.withPeople(ctx, c.Data, c.URL, func(w *workspace) error {
		a, there, err := w.people.Account(ctx, c.Account)
		if err != nil {
			return err
		}
		if there && a.Kind == identity.Participant {
			link, err := w.people.Link(ctx, console, a.ID)
			if err == nil {
				fmt.Fprintf(m.Stdout, "This link signs %s in. It works once, within %s.\n%s\n", a.ID, within(w.people.Limits().LinkOwn), link)
			}
			return err
		}
		in := identity.Invitation{ID: c.Account, Name: c.Name, Kind: identity.Staff}
		switch {
		case there:
			in.Name, in.Language, in.Roles = a.Name, a.Language, a.Roles
		case c.Name == "":
			return fmt.Errorf("there is no account %q: give --name to make one", c.Account)
		}
		link, err := w.people.Invite(ctx, console, in)
		if err == nil {
			fmt.Fprintf(m.Stdout, "With this link %s sets a key and signs in. It works once, within %s.\n%s\n", c.Account, within(w.people.Limits().Link), link)
		}
		return err
	})
}

type accountDisableCmd struct {
	Account string `arg:"" help:"Account id."`
	Reason  string `required:"" help:"Why; it stands in the log."`
	Data    string `default:"varde-data" help:"Data folder."`
}

func (c *accountDisableCmd) Run(ctx context.Context, m *Main) error {
	return m.withPeople(ctx, c.Data, "", func(w *workspace) error {
		a, there, err := w.people.Account(ctx, c.Account)
		if err != nil || !there {
			if err == nil {
				err = fmt.Errorf("there is no account %q: \"varde account list\" shows them", c.Account)
			}
			return err
		}
		if err := w.people.Disable(ctx, console, c.Account, c.Reason); err != nil {
			return err
		}
		fmt.Fprintf(m.Stdout, "%s can no longer sign in; every session is over (a running server knows within ten seconds).\n", c.Account)
		if !slices.Contains(a.Roles, console.Role) {
			return nil
		}
		if left, err := administrators(ctx, w.people); err == nil && left == 0 {
			fmt.Fprintln(m.Stdout, "Nobody can administer this installation now: make a new first administrator with \"varde account bootstrap\".")
		}
		return nil
	})
}

// within says a limit in hours, or minutes when it is shorter than two hours.
func within(d time.Duration) string {
	if d < 2*time.Hour {
		return fmt.Sprintf("%d minutes", int(d/time.Minute))
	}
	return fmt.Sprintf("%d hours", int(d/time.Hour))
}

// withPeople opens a data folder for what is done to accounts on the console.
func (m *Main) withPeople(ctx context.Context, data, at string, do func(*workspace) error) error {
	if at != "" {
		var err error
		if at, err = readURL(at); err != nil {
			return err
		}
	}
	w, err := m.openWorkspaceAt(ctx, at, data, false, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	err = do(w)
	if closing := w.Close(); err == nil {
		err = closing
	}
	return err
}
